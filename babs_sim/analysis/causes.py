"""Total effects: what a driver does to an outcome along all chains, found by changing only it.

A cohort of births lives without the service, with the same random numbers each time.  A trait is
set to one level in all families and then to another; a state comes as it comes and then never; an
exposure is given to all and then to none.  The ratio of what happens is the driver's total causal
effect in this model.  Beside it stands the ratio that the tables give to the direct link, so that
a reader sees how much the chains add, and a flag where that looks like counting twice.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from babs_sim.analysis.chains import NEEDS, Link, Web, chains, web_of
from babs_sim.economics import jackknife
from babs_sim.handover import Exposure, Families, Floats
from babs_sim.lifecourse.compiling import Compiled, compile_rates
from babs_sim.parameters import Model
from babs_sim.parameters.rows import CausalOutcomeRow, EffectRow, EventRow, StateRow, TraitRow
from babs_sim.parameters.service import exposures_of
from babs_sim.population import make_families, read_cohort
from babs_sim.randomness import seed_key
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.simulate.running import Progress, centring_factors, in_parallel

if TYPE_CHECKING:
    from pandas import DataFrame

BLOCKS = 20
EXCESS = 1.25  # times the direct logarithm from which the chains' share is flagged
CLEAR = 2.0  # standard errors from which a total effect is told from none
AS_IT_COMES, NEVER = "as it comes", "never"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One driver changed and nothing else: what it is set to, against what."""

    driver: str
    kind: str
    high: str
    low: str
    direct: Mapping[str, float]
    """Log hazard ratio of the direct link by event, causal share applied."""


def total_effects(
    model: Model,
    families: int = 20_000,
    seed: int = 1,
    workers: int = 1,
    progress: Progress | None = None,
) -> "DataFrame":
    """Return one row for each driver and causal outcome that a chain joins.

    ``model`` is that of the reference place.  Columns: driver, kind, contrast, outcome, direct
    (ratio of the tables), chains (longer than the direct link), total (ratio of what happens), low,
    high (95 % Monte Carlo), flag.
    """
    from pandas import DataFrame

    tell = progress or (lambda done, total, what: None)
    outcomes = model.table("causal_outcomes")
    web = web_of(model)
    contrasts = contrasts_of(model)
    horizon = max(row.until for row in outcomes)
    lives = _Lives(model, families, seed, horizon, workers, tell)
    found = []
    for number, contrast in enumerate(contrasts):
        tell(number, len(contrasts), f"changing {contrast.driver}")
        joined = [
            (row, chains(web, contrast.driver, row.of.split()))
            for row in outcomes
            if _joins(web, contrast.driver, row)
        ]
        joined = [(row, paths) for row, paths in joined if paths]
        if not joined:
            continue
        high, low = lives.pair(contrast)
        for row, paths in joined:
            found.append(_line(contrast, row, paths, lives.ratio(row, high, low)))
    return DataFrame(found)


def _joins(web: Web, driver: str, outcome: CausalOutcomeRow) -> bool:
    return driver in web.links and bool(outcome.of)


def _line(
    contrast: Contrast,
    outcome: CausalOutcomeRow,
    paths: Sequence[tuple[Link, ...]],
    total: tuple[float, float],
) -> dict[str, Any]:
    events = outcome.of.split()
    direct = [contrast.direct[event] for event in events if event in contrast.direct]
    longest = max(direct, key=abs) if direct else math.nan
    ratio, error = total
    return {
        "driver": contrast.driver,
        "kind": contrast.kind,
        "contrast": f"{contrast.high} v {contrast.low}",
        "outcome": outcome.name,
        "direct": math.exp(longest),
        "chains": sum(len(path) > 1 for path in paths),
        "total": ratio,
        "low": ratio * math.exp(-1.96 * error),
        "high": ratio * math.exp(1.96 * error),
        "flag": "; ".join(_flags(longest, paths, ratio, error, contrast.kind)),
    }


def _flags(
    direct: float, paths: Sequence[tuple[Link, ...]], ratio: float, error: float, kind: str
) -> list[str]:
    """Return what a reviewer should look at: figures used twice, chains that add to a total."""
    found = []
    first = [path[0] for path in paths if len(path) == 1 and path[0].form != NEEDS]
    cited = {figure for link in first for figure in link.evidence}
    again = sorted(
        {
            f"{figure} ({link.driver} on {link.event})"
            for path in paths
            if len(path) > 1
            for link in (path[0], path[-1])
            if link not in first
            for figure in cited.intersection(link.evidence)
        }
    )
    if again:
        found.append(f"figure used on a chain too: {', '.join(again)}")
    graded = any(link.evidence and link.grade in "AB" for link in first)
    told = math.isfinite(error) and ratio > 0.0 and abs(math.log(ratio)) > CLEAR * error
    if kind == "trait" and graded and told and math.isfinite(direct) and direct != 0.0:
        times = math.log(ratio) / direct
        if times > EXCESS:
            found.append(f"chains add to a published ratio: total is its power {times:.2f}")
        elif times < 0.0:
            found.append("total and direct point in opposite directions")
    return found


def contrasts_of(model: Model) -> list[Contrast]:
    """Return a contrast for every trait, state and exposure that drives something."""
    values = model.values()
    chosen = values.setting("service.effect_set", "")
    rows: dict[str, list[EffectRow]] = {}
    for row in model.table("effects"):
        if row.effect_set in ("", chosen):
            rows.setdefault(row.driver, []).append(row)
    found = []
    for trait in model.table("traits"):
        if trait.name in rows:
            high, low = _ends(model, trait, rows[trait.name])
            direct = _direct(rows[trait.name], values, high, low)
            found.append(Contrast(trait.name, "trait", f"{high:g}", f"{low:g}", direct))
    for state in model.table("states"):
        if state.name in rows:
            direct = {
                row.event: math.log(values[row.key]) * values.get(row.causal_share, 1.0)
                for row in rows[state.name]
            }
            found.append(Contrast(state.name, "state", AS_IT_COMES, NEVER, direct))
    for exposure in exposures_of(model):
        if exposure in rows:
            direct = {row.event: math.log(values[row.key]) for row in rows[exposure]}
            found.append(Contrast(exposure, "exposure", "from the start", NEVER, direct))
    return found


def _ends(model: Model, trait: TraitRow, rows: Sequence[EffectRow]) -> tuple[float, float]:
    """Return the levels that are set against each other.

    The highest against the lowest; where units count less beyond a knot, the knot; for a normal
    trait one standard deviation above its mean against the mean.
    """
    levels = {row.level: row for row in model.table("trait_levels") if row.trait == trait.name}
    values = model.values()
    if trait.kind == "normal":
        mean = values[levels["mean"].key]
        return mean + values[levels["sd"].key], mean
    numbers = sorted(float(level) for level in levels)
    knots = [row.knot for row in rows if row.knot is not None]
    return (max(knots) if knots else numbers[-1]), numbers[0]


def _direct(
    rows: Sequence[EffectRow], values: Mapping[str, float], high: float, low: float
) -> dict[str, float]:
    """Return the direct log ratio of ``high`` against ``low`` by event: the largest over ages."""
    found: dict[str, float] = {}
    by_event: dict[tuple[str, float | None], float] = {}
    for row in rows:
        log = math.log(values[row.key])
        key = (row.event, row.age_from)
        if row.form == "level":
            change = log * ((row.level == high) - (row.level == low))
        else:
            change = log * (_units(high, row) - _units(low, row))
        by_event[key] = by_event.get(key, 0.0) + change
    for (event, _), log in by_event.items():
        if event not in found or abs(log) > abs(found[event]):
            found[event] = log
    return found


def _units(level: float, row: EffectRow) -> float:
    level = level if row.cap is None else min(level, row.cap)
    if row.knot is None or level <= row.knot:
        return level
    return row.knot + row.beyond * (level - row.knot)


class _Lives:
    """Births of the reference place, lived again and again with the same random numbers."""

    def __init__(
        self,
        model: Model,
        families: int,
        seed: int,
        horizon: float,
        workers: int,
        tell: Progress,
    ) -> None:
        closed = {"service.open": False}
        self.model, self.horizon = model, horizon
        self.values = model.values(closed)
        self.factors = centring_factors(model, {}, horizon, workers, tell)
        self.cohort = read_cohort(model, self.values, "births")
        self.limits = [families * b // BLOCKS for b in range(BLOCKS + 1)]
        self.seed, self.workers = seed, workers
        self.natural = self._compiled(model)
        self._as_it_comes: list[Floats] | None = None

    def pair(self, contrast: Contrast) -> tuple[list[Floats], list[Floats]]:
        """Return counts of events by block (E, Y) for both sides of a contrast."""
        if contrast.kind == "trait":
            return self._with(contrast, float(contrast.high)), self._with(
                contrast, float(contrast.low)
            )
        if contrast.kind == "state":
            never = self._compiled(without_state(self.model, contrast.driver))
            return self._usual(), self._count(never, lambda people: people)
        given = exposures_of(self.model).index(contrast.driver)
        return self._count(self.natural, lambda people: people, given), self._usual()

    def ratio(
        self, outcome: CausalOutcomeRow, high: Sequence[Floats], low: Sequence[Floats]
    ) -> tuple[float, float]:
        """Return the ratio of how often an outcome happens, and the error of its logarithm."""
        names = self.natural.names.events
        rows = [names.index(event) for event in outcome.of.split()]
        last = math.ceil(outcome.until) + 1
        totals = np.array(
            [[h[rows, :last].sum(), w[rows, :last].sum()] for h, w in zip(high, low, strict=True)]
        )
        if not (totals.sum(axis=0) > 0.0).all():
            return math.nan, math.nan
        sizes = np.diff(self.limits).astype(float)

        def log_ratio(mean: Floats) -> Floats:
            return np.asarray(np.log(mean[:, 0] / mean[:, 1]))

        with np.errstate(divide="ignore", invalid="ignore"):
            value, error = jackknife(log_ratio, totals, sizes)
        return math.exp(float(value)), float(error)

    def _compiled(self, model: Model) -> Compiled:
        return compile_rates(model, self.values, self.horizon).scaled(*self.factors)

    def _usual(self) -> list[Floats]:
        if self._as_it_comes is None:
            self._as_it_comes = self._count(self.natural, lambda people: people)
        return self._as_it_comes

    def _with(self, contrast: Contrast, level: float) -> list[Floats]:
        def put(people: Families) -> Families:
            traits = people.traits.copy()
            traits[:, people.names.index(contrast.driver)] = level
            return replace(people, traits=traits)

        return self._count(self.natural, put)

    def _count(
        self,
        compiled: Compiled,
        change: Callable[[Families], Families],
        given: int | None = None,
    ) -> list[Floats]:
        key = seed_key(self.seed)
        names = compiled.names.exposures

        def block(index: int) -> Floats:
            first = self.limits[index]
            number = self.limits[index + 1] - first
            people = change(make_families(self.cohort, self.seed, first, number))
            tally = Tally.empty(compiled, 0)
            live_families(compiled, people, _exposed(number, names, given, compiled), key, tally)
            return tally.count[:, :-1, 0]

        return list(in_parallel(block, BLOCKS, self.workers, lambda *_: None, ""))


def _exposed(
    number: int, names: tuple[str, ...], given: int | None, compiled: Compiled
) -> Exposure:
    nothing = no_exposure(number, names)
    if given is None:
        return nothing
    nothing.start[:, given] = compiled.machine.entry
    nothing.dose[:, given] = 1.0
    return nothing


def without_state(model: Model, name: str) -> Model:
    """Return a model in which a state never comes on: no event sets it, nobody starts in it."""

    def changed(row: Any) -> Any:
        if isinstance(row, EventRow) and name in row.sets.split():
            kept = " ".join(state for state in row.sets.split() if state != name)
            return row.model_copy(update={"sets": kept})
        if isinstance(row, StateRow) and row.name == name:
            return row.model_copy(update={"starts_if": ""})
        return row

    rows = {
        table: tuple(replace(found, row=changed(found.row)) for found in located)
        for table, located in model.rows.items()
    }
    return replace(model, rows=rows)


def chains_frame(model: Model, longest: int = 3) -> "DataFrame":
    """Return every chain of at most ``longest`` links from a driver to a causal outcome.

    Columns: driver, outcome, links, chain (``driver > state > … > event``), weakest (grade).
    """
    from pandas import DataFrame

    web = web_of(model)
    rows = []
    for contrast in contrasts_of(model):
        for outcome in model.table("causal_outcomes"):
            for path in chains(web, contrast.driver, outcome.of.split(), longest):
                way = " > ".join([*(link.driver for link in path), path[-1].event])
                weakest = max((link.grade for link in path), default="")
                rows.append((contrast.driver, outcome.name, len(path), way, weakest))
    return DataFrame(rows, columns=["driver", "outcome", "links", "chain", "weakest"])
