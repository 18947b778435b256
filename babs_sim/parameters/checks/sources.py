"""Sources: each citation exists, and each source is cited."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, problem
from babs_sim.parameters.rows import SourceRow


def source_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield citations of unknown sources, and sources that nothing cites."""
    if "sources" in catalogue.unread:
        return
    known = catalogue.names("sources")
    for cited in catalogue.citations:
        if cited.source not in known:
            hint = nearest(cited.source, known) or "add it to sources.csv"
            text = "is not a source of sources.csv"
            yield Problem(cited.file, cited.line, cited.field, text, cited.source, hint)
    if not catalogue.complete(*catalogue.rows) or catalogue.contents.broken or catalogue.unread:
        return
    used = {cited.source for cited in catalogue.citations}
    for source in catalogue.located(SourceRow):
        if source.row.name not in used:
            hint = "remove it, or name it where its figures are used"
            yield problem(source, "name", "is cited nowhere", source.row.name, hint)
