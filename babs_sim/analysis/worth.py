"""The value of information: what it is worth to know more before the choice of an arm is made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from babs_sim.analysis.choosing import STEP, TOP, Choice, choice_of, choice_tables
from babs_sim.analysis.decision import (
    Observation,
    Sample,
    Study,
    acceptability,
    affected_families,
    evppi,
    evsi,
    study_problems,
)
from babs_sim.analysis.drawing import Draws, draw_points
from babs_sim.analysis.factors import GROUP, factors_of, fits, varying
from babs_sim.analysis.psa import sample_of
from babs_sim.analysis.psa_tables import matrix_frame
from babs_sim.analysis.sizes import sizes_of
from babs_sim.analysis.study import NET_BENEFIT, Conditions, Found, Sampled
from babs_sim.analysis.wording import number, percent, pounds
from babs_sim.economics import discount_steps
from babs_sim.errors import Problem, raise_if
from babs_sim.experiment import Analysis, Experiment
from babs_sim.experiment.schema import PlannedStudy, resolved
from babs_sim.parameters import Model
from babs_sim.randomness import uniforms

if TYPE_CHECKING:
    from pandas import DataFrame

USUAL_DRAWS = 2_000
"""Draws unless the analysis says otherwise: the fewest by which a regression finds EVPPI."""

TRIED = 200
"""Draws in which studies are tried before anything is run."""

CHANCE = 20
"""Columns of chance: the most that knowing one of them seems worth is what chance alone gives."""

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Decision:
    """Whom a decision affects: ``families_a_year`` in ``years`` years, discounted by ``steps``.

    ``value`` is pounds of a QALY, ``name`` what the model calls it.
    """

    families_a_year: float
    years: int
    steps: Sequence[tuple[float, float]]
    name: str
    value: float

    @property
    def affected(self) -> float:
        """Return the discounted number of families."""
        return affected_families(self.families_a_year, self.years, self.steps)


def run_worth(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> Found:
    """Return EVPI, EVPPI of parameters and sets, and EVSI of the studies described.

    The sample is that of a probabilistic analysis before this one, unless sizes or draws of its
    own are asked for.  Raises `Problems` for fewer than two arms, and for studies that cannot be.
    """
    _check(analysis, experiment, model)
    decision = decision_of(analysis, experiment, model)
    sampled, own = _sampled(analysis, experiment, model, conditions)
    count = len(sampled.found)
    choice = choice_of(sampled.found)
    sample = Sample(sampled.draws.names, sampled.draws.values[1 : count + 1])
    seed = experiment.cohort.seed
    limit = float(acceptability(choice.clean, [decision.value]).evpi[0])
    tell = conditions.tell
    sets = sets_of(analysis, model, sample, sampled.read)
    tell(0, 1, "value of information")
    tables = {
        "evpi": evpi_frame(choice, decision, model),
        "evppi": evppi_frame(choice, sample, sets, decision, limit, seed),
    }
    if analysis.study:
        tables["evsi"] = evsi_frame(choice, sample, analysis.study, decision, limit, seed)
    tell(1, 1, "value of information")
    if own and not any(one.kind == "psa" for one in experiment.analyses):
        arms = sampled.found.columns.arms
        tables |= choice_tables(choice) | {
            "costs": matrix_frame(sampled.found.costs(), arms),
            "effects": matrix_frame(sampled.found.effects(), arms),
            "draws": sampled.draws.frame(count),
        }
    facts = {
        "draws": count,
        "families": sampled.families,
        "sample": "its own" if own else "the probabilistic analysis before it",
        "families_a_year": decision.families_a_year,
        "decision_years": decision.years,
        "affected_families": decision.affected,
        "qaly_value": {"name": decision.name, "pounds": decision.value},
        "share_not_noise": [float(share) for share in choice.kept],
        "evpi": limit,
    }
    return Found(tables, facts, tuple(_lines(tables, decision, limit, sampled)))


def decision_of(analysis: Analysis, experiment: Experiment, model: Model) -> Decision:
    """Return whom the decision affects, and the value of a QALY by which it is made."""
    name = analysis.qaly_value or experiment.money.qaly_value
    key = next(row.key for row in model.table("qaly_values") if row.name == name)
    scheme = experiment.money.discounting
    steps = discount_steps(model, model.values(), scheme, "costs")
    assert analysis.families_a_year is not None  # the file is refused without it
    return Decision(
        analysis.families_a_year,
        analysis.decision_years,
        steps,
        name,
        model.parameters[key].value,
    )


@dataclass(frozen=True, slots=True)
class Known:
    """Parameters that would be known together; ``kind`` is set, group or parameter."""

    name: str
    label: str
    kind: str
    members: tuple[str, ...]


def sets_of(analysis: Analysis, model: Model, sample: Sample, read: frozenset[str]) -> list[Known]:
    """Return the sets of the analysis, correlated groups, and single parameters, in this order.

    ``parameters`` of the analysis chooses groups and single ones.  What does not vary, or is not
    ``read``, is left out: it may go with what matters, but decides nothing.
    """
    names = {p.name for p in varying(model)} & set(sample.names) & read
    found = [
        Known(f"set.{name}", name, "set",
              tuple(p for p in sample.names if p in names and any(fits(p, w) for w in wanted)))
        for name, wanted in analysis.sets.items()
    ]  # fmt: skip
    for one in factors_of(model, analysis.parameters, groups=True):
        members = tuple(name for name in one.members if name in names)
        if one.together and len(members) > 1:
            label = f"Group {one.name.removeprefix(GROUP)}"
            found.append(Known(one.name, label, "group", members))
    found += [
        Known(one.name, one.label, "parameter", one.members)
        for one in factors_of(model, analysis.parameters)
        if one.name in names
    ]
    return [one for one in found if one.members]


def evpi_frame(choice: Choice, decision: Decision, model: Model) -> "DataFrame":
    """Return what perfect information is worth at each value of a QALY.

    Columns: ``value`` (£), ``qaly_value`` (its name where the model has it), ``best`` arm,
    ``chance_wrong`` (probability that it is not the best), ``evpi, evpi_error, evpi_with_noise``
    (£ a family), ``affected_families, population_evpi, population_error``.
    """
    from pandas import DataFrame

    named = {model.parameters[row.key].value: row.name for row in model.table("qaly_values")}
    values = np.union1d(np.arange(0.0, TOP + STEP / 2, STEP), list(named))
    curves = acceptability(choice.clean, values)
    affected = decision.affected
    chosen = curves.probability[np.arange(len(values)), curves.best]
    return DataFrame(
        {
            "value": values,
            "qaly_value": [named.get(float(value), "") for value in values],
            "best": [curves.arms[best] for best in curves.best],
            "chance_wrong": 1.0 - chosen,
            "evpi": curves.evpi,
            "evpi_error": curves.evpi_error,
            "evpi_with_noise": acceptability(choice.drawn, values).evpi,
            "affected_families": affected,
            "population_evpi": curves.evpi * affected,
            "population_error": curves.evpi_error * affected,
        }
    )


def evppi_frame(
    choice: Choice,
    sample: Sample,
    sets: Sequence[Known],
    decision: Decision,
    limit: float,
    seed: int,
) -> "DataFrame":
    """Return what knowing each set is worth: those asked for and groups first, the most first.

    Columns: ``rank`` (within its kind), ``kind, set, label, parameters`` (how many), ``evppi,
    error`` (£ a family), ``low, high`` (95 % interval, within 0 and EVPI), ``chance`` (the most
    that `CHANCE` columns without any effect seem worth), ``clear`` (above that, and 0 outside the
    interval), ``evpi, share_of_evpi, method, value, qaly_value, affected_families,
    population_evppi, population_error``.
    """
    from pandas import DataFrame, concat

    drawn = np.arange(choice.drawn.draws)
    dummies = {f"chance:{i}": uniforms(seed, drawn, f"chance:{i}") for i in range(CHANCE)}
    with_chance = Sample(
        (*sample.names, *dummies), np.column_stack([sample.values, *dummies.values()])
    )
    by_name: dict[str, tuple[str, ...]] = {one.name: one.members for one in sets}
    by_name |= {name: (name,) for name in dummies}
    both = evppi(choice.drawn, with_chance, by_name, decision.value, seed, limit)
    found, chance = both.head(len(sets)), float(both["evppi"].tail(CHANCE).max())
    half = 1.96 * found["error"]
    frame = DataFrame(
        {
            "kind": [one.kind for one in sets],
            "set": found["set"],
            "label": [one.label for one in sets],
            "parameters": found["parameters"],
            "evppi": found["evppi"],
            "error": found["error"],
            "low": np.clip(found["evppi"] - half, 0.0, limit),
            "high": np.clip(found["evppi"] + half, 0.0, limit),
            "chance": chance,
            "clear": found["evppi"] > np.maximum(chance, half),
            "evpi": limit,
            "share_of_evpi": found["share_of_evpi"],
            "method": found["method"],
            "value": decision.value,
            "qaly_value": decision.name,
            "affected_families": decision.affected,
            "population_evppi": found["evppi"] * decision.affected,
            "population_error": found["error"] * decision.affected,
        }
    )
    parts = [frame[frame["kind"] == kind] for kind in ("set", "group", "parameter")]
    ranked = [
        part.sort_values("evppi", ascending=False, kind="stable").assign(
            rank=np.arange(1, len(part) + 1)
        )
        for part in parts
        if len(part)
    ]
    whole = concat(ranked, ignore_index=True)
    return whole[["rank", *(name for name in whole if name != "rank")]]


def evsi_frame(
    choice: Choice,
    sample: Sample,
    studies: Sequence[PlannedStudy],
    decision: Decision,
    limit: float,
    seed: int,
) -> "DataFrame":
    """Return `evsi` of every study and size, with ``best``: the size worth most of each study."""
    from pandas import concat

    parts = []
    for planned in studies:
        part = evsi(
            choice.drawn, sample, study_of(planned), decision.value,
            families_a_year=decision.families_a_year, decision_years=decision.years,
            steps=decision.steps, seed=seed, limit=limit,
        )  # fmt: skip
        top = part["net_benefit_of_sampling"].idxmax()
        part["best"] = (part.index == top) & (part["net_benefit_of_sampling"] > 0)
        part.insert(5, "evpi", limit)
        part["population_error"] = part["error"] * part["affected_families"]
        part["value"], part["qaly_value"] = decision.value, decision.name
        parts.append(part)
    return concat(parts, ignore_index=True)


def study_of(planned: PlannedStudy) -> Study:
    """Return a study of an experiment file as the decision analysis takes it."""
    return Study(
        planned.name,
        tuple(Observation(o.parameter, o.kind, o.sd, o.share, o.years) for o in planned.observes),
        tuple(sorted(set(planned.families))),
        planned.fixed_cost,
        planned.cost_per_family,
        planned.years,
    )


def _sampled(
    analysis: Analysis, experiment: Experiment, model: Model, conditions: Conditions
) -> tuple[Sampled, bool]:
    """Return the sample, and whether it is this analysis's own."""
    asks = analysis.model_fields_set & {"draws", "families", "sequence", "draws_file"}
    if conditions.sampled is not None and not asks:
        return conditions.sampled, False
    draws = analysis.draws or USUAL_DRAWS
    sizes = sizes_of(
        experiment, model, NET_BENEFIT, draws, analysis.families, 0.0, conditions
    )  # fmt: skip
    points, response, found = sample_of(analysis, experiment, model, sizes, conditions)
    return Sampled(points, found, sizes.families, response.read_names()), True


def _check(analysis: Analysis, experiment: Experiment, model: Model) -> None:
    """Raise `Problems` before anything is run: for one arm only, and for impossible studies."""
    file = str(experiment.path)
    problems = []
    if len(experiment.arms) < 2:
        text = "the value of information needs two arms to choose from"
        problems.append(Problem(file, None, "arm", text, str(len(experiment.arms))))
    draws = _tried(analysis, experiment, model)
    sample = Sample(draws.names, draws.values[1:], file)
    for planned in analysis.study:
        problems += study_problems(sample, study_of(planned))
    raise_if(problems)


def _tried(analysis: Analysis, experiment: Experiment, model: Model) -> Draws:
    file = resolved(analysis.draws_file, experiment.path) if analysis.draws_file else None
    count = min(TRIED, analysis.draws or TRIED)
    return draw_points(model, count, experiment.cohort.seed, analysis.sequence, file)


def _lines(
    tables: "Mapping[str, DataFrame]", decision: Decision, limit: float, sampled: Sampled
) -> Iterator[str]:
    yield (
        f"Value of information: {len(sampled.found):,} draws of {sampled.families:,} families, at "
        f"{pounds(decision.value)} a QALY ({decision.name})."
    )
    population = limit * decision.affected
    yield (
        f"Perfect information is worth {pounds(limit)} a family (EVPI), "
        f"{pounds(limit * decision.families_a_year)} a year of {number(decision.families_a_year)} "
        f"families, {pounds(population)} over a decision that holds for {decision.years} years "
        f"({number(decision.affected)} families, discounted)."
    )
    evppi_table = tables["evppi"]
    for kind, words in (("set", "Sets"), ("group", "Groups"), ("parameter", "Single parameters")):
        part = evppi_table[evppi_table["kind"] == kind]
        clear = part[part["clear"]].head(_SHOWN)
        if len(clear):
            shown = "; ".join(
                f"{row['label']} {pounds(row['evppi'])} (error {pounds(row['error'])}, "
                f"{percent(row['share_of_evpi'])} of EVPI)"
                for row in clear.to_dict("records")
            )
            yield f"{words} that would be worth most to know, a family (EVPPI): {shown}."
        elif len(part):
            yield f"{words}: none is worth clearly more than chance alone gives (EVPPI)."
    if "evsi" not in tables:
        return
    for name, part in tables["evsi"].groupby("study", sort=False):
        row = part.sort_values("net_benefit_of_sampling").iloc[-1]
        verdict = "it pays" if row["net_benefit_of_sampling"] > 0 else "it does not pay"
        yield (
            f"Study '{name}' at its best size of those asked for, {int(row['families']):,} "
            f"families: worth {pounds(row['evsi'])} a family (EVSI, error {pounds(row['error'])}), "
            f"{pounds(row['population_evsi'])} for {number(row['affected_families'])} families, "
            f"cost {pounds(row['cost'])}: {verdict} "
            f"({pounds(row['net_benefit_of_sampling'])} net)."
        )
