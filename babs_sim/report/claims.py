"""The claims page: what is said of the service, and the model's own figure beside it."""

from babs_sim.analysis.base import BaseCase
from babs_sim.analysis.claims import CHANCE, Claim
from babs_sim.analysis.wording import number, pounds
from babs_sim.parameters.grading import graded
from babs_sim.parameters.rows import GRADES

_MONEY = "£"


def claims_page(case: BaseCase) -> str:
    """Return the page as HTML; claims of the service first, then what evidence leads to expect."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("babs_sim.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    cohort, model, terms = case.run.experiment.cohort, case.run.model, case.terms
    citations = {row.name: row for row in model.table("sources")}
    sections = [
        (title, [_cells(one) for one in case.claims if one.row.by == by])
        for by, title in (
            ("service", "What is said of the service"),
            ("evidence", "What evidence leads to expect without the service"),
        )
    ]
    used = sorted({one.row.source for one in case.claims})
    return pages.get_template("claims.html").render(
        title=case.run.experiment.title,
        families=f"{cohort.families:,}",
        population=cohort.population,
        place=model.values().settings.get("place.label", cohort.place),
        years=cohort.horizon_years,
        price_year=terms.price_year,
        perspective=terms.perspective.label,
        discounting=terms.discounting,
        comparator=case.comparator,
        arm=next(iter(case.incremental), ""),
        effects=model.values().settings.get("service.effect_set", ""),
        sections=[(title, rows) for title, rows in sections if rows],
        sources=[citations[name] for name in used],
        grades=GRADES,
        graded=graded(model),
    )


def _cells(one: Claim) -> dict[str, str]:
    row = one.row
    words = pounds if one.unit.startswith(_MONEY) else number
    value = interval = ""
    if not one.reason:
        unit = one.unit.removeprefix(_MONEY).strip()
        value = f"{words(one.value)} {unit}".strip()
        kind = "chance alone" if one.interval == CHANCE else "of the parameter"
        interval = f"{words(one.low)} to {words(one.high)}, {kind}"
    return {
        "claim": row.claim,
        "published": _published(one),
        "treatment": row.treatment,
        "figure": one.label,
        "value": value,
        "interval": interval,
        "stands": f"{one.stands} the range" if one.stands else "",
        "reason": one.reason,
        "note": row.note,
        "source": row.source,
    }


def _published(one: Claim) -> str:
    row = one.row
    if row.published is not None:
        return f"{number(row.published)} {row.unit}"
    if row.low is not None and row.high is not None:
        return f"{number(row.low)} to {number(row.high)} {row.unit}"
    return "no number"
