"""What is wrong with the analyses of an experiment file, in the file and against the model."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.experiment.schema import KEYS, UNDISCOUNTED, Analysis
from babs_sim.parameters import Model
from babs_sim.parameters.overriding import override
from babs_sim.tables import Document


def faults_of(analysis: Analysis, number: int, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with the keys of analysis ``number``, without a look at the model."""
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
    names = [scenario.name for scenario in analysis.scenario]
    if analysis.kind == "scenarios" and not names:
        hint = "add [[analysis.scenario]] with a name and a set"
        yield document.problem(("analysis", number, "scenario"), "is missing", hint=hint)
    for place, name in enumerate(names):
        if name in names[:place]:
            named = ("analysis", number, "scenario", place, "name")
            yield document.problem(named, "is the name of another scenario too", name)


def unknown_names(
    analysis: Analysis, number: int, model: Model, document: Document
) -> Iterator[Problem]:
    """Yield parameters and changes of an analysis that the model does not have."""
    for place, name in enumerate(analysis.parameters):
        start = name.removesuffix("*")
        whole = start == name
        if not (name in model.parameters if whole else any(
            one.startswith(start) for one in model.parameters
        )):  # fmt: skip
            loc = ("analysis", number, "parameters", place)
            text = "is not a parameter" if whole else "is the beginning of no parameter"
            yield document.problem(loc, text, name, nearest(start, model.parameters))
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
