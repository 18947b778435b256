"""The page of one family: published lines, the same uprated, and what is expected."""

from babs_sim.analysis.one_family import (
    LineFound,
    OneFamily,
    Pair,
    about,
    arithmetic,
    caution,
    condition_words,
    gain_words,
)
from babs_sim.analysis.wording import exact_pounds, pounds


def family_page(found: OneFamily, command: str) -> str:
    """Return the page as HTML: one file that asks no other address for anything."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("babs_sim.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    model = found.run.model
    experiment = found.case.experiment
    citations = {row.name: row for row in model.table("sources")}
    used = sorted({one.line.source for one in found.lines})
    labels = {line.name: line.label for line in found.case.lines}
    overlaps = found.case.overlaps
    net = next(one for one in found.totals if one.name == "net")
    gain = next(one for one in found.totals if one.name == "service")
    return pages.get_template("family.html").render(
        title=experiment.title,
        about=about(found),
        conditions=condition_words(found.case.conditions, model),
        caution=caution(found),
        gain=gain_words(found),
        years=experiment.cohort.horizon_years,
        price_year=found.terms.price_year,
        perspective=found.terms.perspective.label,
        verb="costs" if net.change >= 0 else "saves",
        net=pounds(abs(net.change)),
        net_interval=f"{pounds(net.low)} to {pounds(net.high)}",
        service=pounds(gain.change),
        lines=[_line(one) for one in found.lines],
        sums=[one.words(len(overlaps)).rstrip(".") for one in found.sums],
        overlaps=[
            (
                " or ".join(" and ".join(labels[name] for name in side) for side in one.sides),
                one.why,
            )
            for one in overlaps
        ],
        totals=[_pair(one) for one in found.totals],
        payers=[_pair(one) for one in found.payers],
        sources=[citations[name] for name in used],
        command=command,
        fingerprint=model.fingerprint[:8],
        seed=experiment.cohort.seed,
        families=f"{found.found:,}",
    )


def _line(one: LineFound) -> dict[str, object]:
    line, expected = one.line, one.expected
    words = arithmetic(line)
    if words and not line.stated:
        words += " (inferred)"
    return {
        "label": line.label,
        "published": exact_pounds(line.pounds),
        "arithmetic": words or "No arithmetic is published.",
        "note": line.note,
        "uprated": exact_pounds(round(one.uprated)),
        "by": f"{line.index}, from {line.price_year}",
        "without": pounds(expected.without) if expected else "none",
        "with_": pounds(expected.with_) if expected else "none",
        "change": expected.words() if expected else "none",
        "flags": one.flags,
    }


def _pair(one: Pair) -> dict[str, str]:
    return {
        "label": one.label,
        "without": pounds(one.without),
        "with_": pounds(one.with_),
        "change": one.words(),
    }
