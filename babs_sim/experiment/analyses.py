"""What is wrong with the analyses of an experiment file, in the file and against the model."""

from collections.abc import Iterator, Sequence

from babs_sim.errors import Problem, nearest
from babs_sim.experiment.schema import KEYS, UNDISCOUNTED, Analysis
from babs_sim.parameters import Model
from babs_sim.parameters.overriding import override
from babs_sim.tables import Document

FEWEST_GIVEN = 100
"""Draws below which given-data methods say nothing."""


def faults_of(
    analysis: Analysis, number: int, document: Document, before: Sequence[Analysis] = ()
) -> Iterator[Problem]:
    """Yield what is wrong with the keys of analysis ``number``, without a look at the model.

    ``before`` are the analyses that stand before it in the file.
    """
    for key in sorted(analysis.model_fields_set - KEYS[analysis.kind] - {"kind"}):
        text = f"does not belong to an analysis of the kind '{analysis.kind}'"
        hint = "its keys are: " + ", ".join(sorted(KEYS[analysis.kind]))
        yield document.problem(("analysis", number, key), text, hint=hint)
    if analysis.kind == "two_way" and len(analysis.parameters) != 2:
        text, got = "needs two parameters", str(len(analysis.parameters))
        yield document.problem(("analysis", number, "parameters"), text, got)
    if analysis.kind == "threshold" and not analysis.parameters:
        text = "is missing: name the parameters whose threshold is sought"
        yield document.problem(("analysis", number, "parameters"), text)
    if analysis.values and len(analysis.values) != len(analysis.parameters):
        text = f"needs one list for each of the {len(analysis.parameters)} parameters"
        yield document.problem(("analysis", number, "values"), text, str(len(analysis.values)))
    if analysis.kind == "threshold" and any(len(one) != 2 for one in analysis.values):
        text = "needs two limits for each parameter"
        yield document.problem(("analysis", number, "values"), text)
    if analysis.kind == "equity" and not analysis.subgroups:
        text = "is missing: name subgroups of subgroups.csv"
        yield document.problem(("analysis", number, "subgroups"), text)
    yield from _global_faults(analysis, number, document, before)
    if analysis.kind == "voi":
        yield from _worth_faults(analysis, number, document)
    names = [scenario.name for scenario in analysis.scenario]
    if analysis.kind == "scenarios" and not names:
        hint = "add [[analysis.scenario]] with a name and a set"
        yield document.problem(("analysis", number, "scenario"), "is missing", hint=hint)
    for place, name in enumerate(names):
        if name in names[:place]:
            named = ("analysis", number, "scenario", place, "name")
            yield document.problem(named, "is the name of another scenario too", name)


def _global_faults(
    analysis: Analysis, number: int, document: Document, before: Sequence[Analysis]
) -> Iterator[Problem]:
    """Yield what is wrong with the sizes of a Morris or a Sobol analysis, and with given data."""
    if analysis.levels % 2:
        text, hint = "needs an even number", f"write {analysis.levels + 1}"
        yield document.problem(("analysis", number, "levels"), text, str(analysis.levels), hint)
    power = 1 << (analysis.samples - 1).bit_length()
    if analysis.samples != power:
        text, hint = "needs a power of two", f"write {power // 2} or {power}"
        yield document.problem(("analysis", number, "samples"), text, str(analysis.samples), hint)
    if analysis.given_data and analysis.draws is not None and analysis.draws < FEWEST_GIVEN:
        text = f"needs {FEWEST_GIVEN} draws or more"
        yield document.problem(("analysis", number, "given_data"), text, str(analysis.draws))
    for place, name in enumerate(analysis.given_data):
        if name in analysis.given_data[:place]:
            yield document.problem(
                ("analysis", number, "given_data", place), "is there twice", name
            )
    if analysis.most_important is None:
        return
    at = ("analysis", number, "most_important")
    screens = [one for one in before if one.kind == "morris"]
    if not screens:
        text = "needs a screening of the kind 'morris' before it in this file"
        yield document.problem(at, text, hint='put [[analysis]] with kind = "morris" before it')
    elif screens[-1].groups != analysis.groups:
        text = "needs the same as the screening before it"
        shown = str(screens[-1].groups).lower()
        yield document.problem(("analysis", number, "groups"), text, hint=f"write groups = {shown}")
    if analysis.parameters:
        text = "cannot be named beside most_important, which chooses them"
        yield document.problem(("analysis", number, "parameters"), text, hint="keep one of the two")


def _worth_faults(analysis: Analysis, number: int, document: Document) -> Iterator[Problem]:
    """Yield what is missing or twice in an analysis of the value of information."""
    if analysis.families_a_year is None:
        text, hint = "is missing", "how many families a year the decision affects"
        yield document.problem(("analysis", number, "families_a_year"), text, hint=hint)
    names = [study.name for study in analysis.study]
    for s, study in enumerate(analysis.study):
        at = ("analysis", number, "study", s)
        if study.name in names[:s]:
            yield document.problem((*at, "name"), "is the name of another study too", study.name)
        if study.years >= analysis.decision_years:
            text = "leave no family affected: the decision is over before the study"
            hint = f"it is less than decision_years, {analysis.decision_years}"
            yield document.problem((*at, "years"), text, str(study.years), hint)
        seen = [one.parameter for one in study.observes]
        for o, name in enumerate(seen):
            if name in seen[:o]:
                yield document.problem((*at, "observes", o, "parameter"), "is there twice", name)


def unknown_names(
    analysis: Analysis, number: int, model: Model, document: Document
) -> Iterator[Problem]:
    """Yield parameters and changes of an analysis that the model does not have."""
    at = ("analysis", number)
    for place, name in enumerate(analysis.parameters):
        yield from _unknown(name, model, document, (*at, "parameters", place))
    for title, members in analysis.sets.items():
        for place, name in enumerate(members):
            inside = (*at, "sets", title, place)
            yield from _unknown(name, model, document, inside, varying=True)
    for s, study in enumerate(analysis.study):
        for o, observed in enumerate(study.observes):
            seen = (*at, "study", s, "observes", o, "parameter")
            if observed.parameter.endswith("*"):
                text = "needs the name of one parameter"
                yield document.problem(seen, text, observed.parameter)
            else:
                yield from _unknown(observed.parameter, model, document, seen, varying=True)
    for p, (name, values) in enumerate(zip(analysis.parameters, analysis.values, strict=False)):
        if name in model.parameters:
            for value in values:
                for fault in override(model, {name: value})[2]:
                    where = ("analysis", number, "values", p)
                    yield document.problem(where, fault.text, fault.got, fault.hint)
    worth = {row.name for row in model.table("qaly_values")}
    if analysis.qaly_value and analysis.qaly_value not in worth:
        named, hint = ("analysis", number, "qaly_value"), nearest(analysis.qaly_value, worth)
        yield document.problem(named, "is not a value of a QALY", analysis.qaly_value, hint)
    for s, scenario in enumerate(analysis.scenario):
        for fault in override(model, scenario.set)[2]:
            change = ("analysis", number, "scenario", s, "set", fault.field)
            yield document.problem(change, fault.text, fault.got, fault.hint)
        known = {
            "perspective": {row.perspective for row in model.table("perspectives")},
            "discounting": {UNDISCOUNTED} | {row.scheme for row in model.table("discounting")},
            "price_year": {row.year for row in model.table("price_index")},
            "qaly_value": {row.name for row in model.table("qaly_values")},
        }
        for field, names in known.items():
            chosen = getattr(scenario.money, field)
            if chosen and chosen not in names:
                money = ("analysis", number, "scenario", s, "money", field)
                yield document.problem(money, "is not known", chosen, nearest(chosen, names))


def _unknown(
    name: str,
    model: Model,
    document: Document,
    loc: tuple[str | int, ...],
    varying: bool = False,
) -> Iterator[Problem]:
    """Yield what is wrong with the name of a parameter, or with a beginning that ends in ``*``."""
    start = name.removesuffix("*")
    whole = start == name
    found = [
        parameter
        for parameter in model.parameters.values()
        if (parameter.name == name if whole else parameter.name.startswith(start))
    ]
    if not found:
        text = "is not a parameter" if whole else "is the beginning of no parameter"
        yield document.problem(loc, text, name, nearest(start, model.parameters))
    elif varying and all(parameter.distribution == "fixed" for parameter in found):
        text = "does not vary: there is nothing to find out about it"
        yield document.problem(loc, text, name, "give it a distribution, low and high")


def known_figures(model: Model) -> list[str]:
    """Return the names of all figures of incremental.csv, sorted."""
    rows = model.table("measures")
    payers = [row.name for row in model.table("payers")]
    kinds = {row.kind for row in model.table("unit_costs")}
    money = ["cost", "service_cost", *(f"cost_{payer}" for payer in payers)]
    money += [f"{kind}_cost" for kind in kinds]
    plain = {"qalys", *money, *(row.name for row in rows)}
    both = {f"{name}_undiscounted" for name in money} | {"qalys_undiscounted"}
    both |= {f"{row.name}_undiscounted" for row in rows if row.kind in ("cost", "qaly")}
    prevented = {f"{row.name}_prevented" for row in rows if row.kind == "break even"}
    worth = {f"net_monetary_benefit_{row.name}" for row in model.table("qaly_values")}
    derived = {
        "icer", "net_monetary_benefit", "net_present_value", "benefit_cost_ratio",
        "cashable_savings", "cashable_savings_undiscounted", "payback_years",
        *(f"payback_years_{payer}" for payer in payers),
        *(f"budget_impact_year_{year}" for year in range(1, 6)),
    }  # fmt: skip
    return sorted(plain | both | prevented | worth | derived)
