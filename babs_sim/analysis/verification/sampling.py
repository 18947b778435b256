"""Uncertainty in results: do probabilistic and one-way analyses follow from runs of the model?"""

from collections.abc import Sequence

import numpy as np

from babs_sim.analysis.decision import Outcomes, outcomes_of
from babs_sim.analysis.decision.acceptability import acceptability
from babs_sim.analysis.decision.evppi import Sample, evppi
from babs_sim.analysis.decision.evsi import Kind, Observation, Study, evsi
from babs_sim.analysis.drawing import draw_points
from babs_sim.analysis.oneway import run_tornado
from babs_sim.analysis.points import Response
from babs_sim.analysis.study import NET_BENEFIT, Conditions
from babs_sim.analysis.verification.changing import all_fixed, service_effects
from babs_sim.analysis.verification.checks import Check, Seen, apart, check, joined, listed, same
from babs_sim.analysis.verification.subject import NotApplicable, Subject, changes
from babs_sim.analysis.wording import number, pounds
from babs_sim.experiment import Analysis
from babs_sim.handover import Floats
from babs_sim.parameters import Model, Parameter
from babs_sim.parameters.distributions import fit
from babs_sim.simulate.points import Point

SUMMARY = ("cost", "qalys", NET_BENEFIT)
VALUES = np.linspace(0.0, 200_000.0, 81)
"""Pounds of a QALY at which acceptability is looked at."""
MOST_BARS = 3
MOST_SETS = 3
SIZES = (20, 20_000)
_PARTS = ("base", "mean", "mc_error", "from_means", "from_shape")


@check("uncertainty", "The mean of draws is near the base case, or the gap is explained")
def mean_of_draws(subject: Subject) -> Seen:
    """Of cost, QALYs and net benefit, the base case lies among the draws, and its distance to their
    mean is parted into what draws do not centre on and what effects multiply. With prices drawn
    alone, on which cost depends in a straight line, the mean cost is that at the mean prices.
    """
    arms = subject.others
    table = subject.probabilistic["psa_mean"]
    draws = subject.probabilistic["psa_increments"]
    parts = []
    for arm in arms:
        for name in SUMMARY:
            here = table[(table["arm"] == arm) & (table["measure"] == name)]
            row = {key: float(here[key].iloc[0]) for key in _PARTS}
            found = draws.loc[draws["arm"] == arm, name]
            gap = row["mean"] - row["base"]
            explained = abs(row["from_means"] + row["from_shape"] - gap) <= 1e-9 * (1 + abs(gap))
            within = found.min() <= row["base"] <= found.max()
            mean = abs(found.mean() - row["mean"]) <= 1e-9 * (1 + abs(row["mean"]))
            text = (
                f"{arm}, {name}: base {number(row['base'])}, mean {number(row['mean'])} (Monte "
                f"Carlo error {number(row['mc_error'])}), of the gap {number(row['from_means'])} "
                f"from means and {number(row['from_shape'])} from shape"
            )
            parts.append(Seen(text, bool(explained and within and mean)))
    return joined([*parts, *_prices_alone(subject)])


def _prices_alone(subject: Subject) -> list[Seen]:
    """Return whether draws of prices alone average to the prices' means; nothing without any."""
    varied = [p.name for p in subject.model.parameters.values()
              if p.unit == "£" and p.distribution != "fixed"]  # fmt: skip
    varied = [name for name in varied if name in _keys_of_costs(subject.model)]
    if not varied:
        return []
    drawn = draw_points(subject.model, 20, subject.experiment.cohort.seed)
    points: list[Point] = [{name: point[name] for name in varied} for point in drawn[1:]]
    middle: Point = {n: float(np.mean([_float(p[n]) for p in points])) for n in varied}
    response = Response(subject.experiment, subject.model, subject.number_of_few)
    found, at_mean = response.evaluate(points), response.evaluate([middle])
    parts = []
    for arm in subject.others:
        cost = found.increment(arm, "cost")
        seen = same(f"{arm}, {len(varied)} prices alone, mean cost {pounds(float(cost.mean()))}",
                    float(cost.mean()), float(at_mean.increment(arm, "cost")[0]))  # fmt: skip
        moved = float(np.ptp(found.increment(arm, "qalys")))
        spread = float(np.ptp(cost))
        parts.append(Seen(seen.text, seen.passed and moved == 0.0 and spread > 0.0))
    return parts


def _keys_of_costs(model: Model) -> set[str]:
    return {row.key for row in model.table("unit_costs")}


def _float(value: float | str | bool) -> float:
    assert isinstance(value, float)
    return value


@check("uncertainty", "Without uncertainty all draws are the base case")
def nothing_varies(subject: Subject) -> Seen:
    """With every number fixed each draw has the figures of the base case to the last digit, and
    perfect information is worth exactly nothing.
    """
    arms = subject.others
    fixed = all_fixed(subject.tables)
    points = draw_points(fixed, 3, subject.experiment.cohort.seed)
    response = Response(subject.experiment, fixed, subject.number_of_few)
    found = response.evaluate(list(points)[1:])
    gaps = [
        apart(found.increment(arm, name), np.repeat(response.base.increment(arm, name), 3))
        for arm in arms for name in SUMMARY
    ]  # fmt: skip
    outcomes = Outcomes(subject.arms, subject.comparator, found.costs(), found.effects())
    worth = float(acceptability(outcomes, VALUES).evpi.max())
    text = f"3 draws, largest gap {number(max(gaps))}; perfect information {pounds(worth)}"
    return Seen(text, max(gaps) == 0.0 and worth == 0.0)


@check("uncertainty", "Draws do not depend on how the work is shared out")
def draws_shared(subject: Subject) -> Seen:
    """Two draws by one thread and by two, in batches of another size: the same to the last digit;
    and each has families of its own.
    """
    arm = subject.others[0]
    points = draw_points(subject.model, 2, subject.experiment.cohort.seed)
    response = Response(subject.experiment, subject.model, subject.number_of_few, fresh=True)
    one = response.evaluate(points[1:], start=1, workers=1, batch=2)
    two = response.evaluate(points[1:], start=1, workers=2, batch=1)
    moved = response.evaluate([points[1]], start=2)
    fresh = [float(found.increment(arm, "cost")[0]) for found in (one, moved)]
    seen = same("1 and 2 threads", one.rows, two.rows, 0.0)
    text = f"{seen.text}; the same draw with other families: {', '.join(map(pounds, fresh))}"
    return Seen(text, seen.passed and fresh[0] != fresh[1])


@check("uncertainty", "Acceptability sums to 1, and starts at the chance of saving money")
def acceptable(subject: Subject) -> Seen:
    """At each value of a QALY from 0 to 200,000 pounds the chances of all arms sum to 1; at 0 they
    are the shares of draws in which an arm is the cheapest, at a very high value those in which it
    gains most QALYs.
    """
    outcomes = _outcomes(subject)
    curves = acceptability(outcomes, [*VALUES, 1e12])
    sums = float(np.abs(curves.probability.sum(axis=1) - 1.0).max())
    ends = {"0 pounds": (0, -outcomes.costs), "a very high value": (-1, outcomes.effects)}
    parts = [Seen(f"sums of {len(VALUES)} values off by {sums:.0e}", sums <= 1e-12)]
    for what, (place, worth) in ends.items():
        best = worth == worth.max(axis=1, keepdims=True)
        share = (best / best.sum(axis=1, keepdims=True)).mean(axis=0)
        found = curves.probability[place]
        words = ", ".join(f"{arm} {number(p)}" for arm, p in zip(curves.arms, found, strict=True))
        parts.append(Seen(f"at {what}: {words}", bool(np.abs(found - share).max() <= 1e-12)))
    return joined(parts)


def _outcomes(subject: Subject) -> Outcomes:
    _ = subject.others
    return outcomes_of(subject.probabilistic["psa"], subject.comparator)


@check("uncertainty", "EVPI is not below EVPPI, nor EVPPI below EVSI, nor EVSI below 0")
def information(subject: Subject) -> Seen:
    """At the value of a QALY at which the choice is least sure: perfect information is worth no
    less than knowing the numbers that matter most, together or each, and that no less than a study
    of them, which is worth no less the larger it is.
    """
    outcomes = _outcomes(subject)
    evpi_by_value = acceptability(outcomes, VALUES).evpi
    value = float(VALUES[int(np.argmax(evpi_by_value))])
    evpi = float(evpi_by_value.max())
    if evpi <= 0.0:
        raise NotApplicable("one arm is best in every draw at every value of a QALY")
    sample = _sample(subject)
    names = _foremost(subject, sample, outcomes.net_benefit(value))
    sets = {"all": tuple(names), **{name: (name,) for name in names}}
    partial = evppi(outcomes, sample, sets, value)
    worth = dict(zip(partial["set"], partial["evppi"].astype(float), strict=True))
    faults = [name for name, one in worth.items() if not 0.0 <= one <= evpi * (1 + 1e-9)]
    faults += [f"{name} above all" for name in names if worth[name] > worth["all"] * (1 + 1e-9)]
    studies = []
    for name in names:
        observation = _observation(subject.model.parameters[name])
        study = Study(name, (observation,), SIZES)
        found = evsi(outcomes, sample, study, value, families_a_year=1.0, decision_years=1)
        gains = found["evsi"].astype(float).tolist()
        studies += gains
        if min(gains) < 0.0 or max(gains) > worth[name] * (1 + 1e-9) + 1e-12:
            faults.append(f"study of {name}")
        # Regression on few draws: a larger study may seem worse by its standard error.
        if gains[1] < gains[0] - 3.0 * float(found["error"].max()) - 1e-9:
            faults.append(f"larger study of {name}")
    single = max(worth[name] for name in names)
    text = (
        f"at {pounds(value)} a QALY, per family: EVPI {pounds(evpi)}; EVPPI of {len(names)} "
        f"numbers {pounds(worth['all'])}, singly up to {pounds(single)}; EVSI up to "
        f"{pounds(max(studies))}; faults: {listed(faults)}"
    )
    return Seen(text, not faults)


def _sample(subject: Subject) -> Sample:
    frame = subject.probabilistic["draws"]
    names = [str(name) for name in frame if name in subject.model.parameters]
    return Sample(tuple(names), frame[names].to_numpy(dtype=np.float64))


def _foremost(subject: Subject, sample: Sample, benefit: Floats) -> list[str]:
    """Return the numbers that go most closely with net benefit against the comparator."""
    base = subject.arms.index(subject.comparator)
    other = subject.arms.index(subject.others[0])
    gain = benefit[:, other] - benefit[:, base]
    found = {}
    for name in sample.names:
        values = sample.columns([name])[:, 0]
        if np.ptp(values) > 0.0:
            found[name] = abs(float(np.corrcoef(values, gain)[0, 1]))
    return sorted(found, key=lambda name: -found[name])[:MOST_SETS]


def _observation(parameter: Parameter) -> Observation:
    """Return how a study would see a number."""
    kinds: dict[str, Kind] = {"probability": "proportion", "rate ratio": "ratio"}
    kind = kinds.get(parameter.unit, "mean")
    spread = 1.0 if kind == "ratio" else max(abs(parameter.value), 1e-6)
    return Observation(parameter.name, kind, spread)


@check("uncertainty", "Bars of the tornado are those that runs give")
def tornado(subject: Subject) -> Seen:
    """Of numbers that centring does not depend on, each bar's end is the percentile of the number's
    distribution, and the bar is what a run of the experiment with that number gives.
    """
    arm = subject.others[0]
    names = _bars(subject)
    if not names:
        raise NotApplicable("no unit cost, effect of the service or utility varies")
    analysis = Analysis(kind="tornado", parameters=names)
    few = subject.number_of_few
    found = run_tornado(analysis, subject.resized(families=few), subject.model, Conditions())
    frame = found.tables["tornado"]
    rows = frame[(frame["arm"] == arm) & (frame["measure"] == NET_BENEFIT)]
    ends = rows[rows["percentile"].isin([2.5, 97.5])]
    values, results, wanted, by_hand = [], [], [], []
    for row in ends.to_dict("records"):
        parameter = subject.model.parameters[str(row["parameter"])]
        value = float(fit(parameter).ppf(float(row["percentile"]) / 100.0))
        values.append(float(row["value"]))
        wanted.append(value)
        results.append(float(row["result"]))
        case = subject.case({parameter.name: value}, families=few)
        by_hand.append(changes(case, arm)[NET_BENEFIT])
    moved = sum(a != float(rows["base_result"].iloc[0]) for a in results)
    text = f"{len(names)} numbers at both ends, {moved} of {len(results)} results moved"
    return joined([
        Seen(text, len(ends) == 2 * len(names) and moved > 0),
        same("ends", np.array(values), np.array(wanted)),
        same("bars", np.array(results), np.array(by_hand), 1e-7),
    ])  # fmt: skip


def _bars(subject: Subject) -> list[str]:
    """Return some numbers that vary, and that no birth of the reference place depends on."""
    model = subject.model
    tables: Sequence[Sequence[str]] = (
        sorted(_keys_of_costs(model)),
        sorted(row.key for row in service_effects(model)),
        sorted(row.key for row in model.table("utilities")),
    )
    varied = [[n for n in names if model.parameters[n].distribution != "fixed"] for names in tables]
    each = MOST_BARS // len(tables)
    return [name for names in varied for name in names[:each]]


CHECKS: tuple[Check, ...] = (
    mean_of_draws, nothing_varies, draws_shared, acceptable, information, tornado,
)  # fmt: skip
