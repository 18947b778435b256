"""What a limited team does: referrals, waits, caseload, contacts and use, with their checks."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import ENDINGS, OUTCOMES, Floats, Ints, ServiceLog

if TYPE_CHECKING:
    from pandas import DataFrame

WEEKS = 365.25 / 7
STEPS = 12
"""Points a year at which waiting list and caseload are counted."""
STARTED, LEFT, TOO_OLD = (OUTCOMES.index(n) for n in ("started", "left the list", "too old"))

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of a service: ``error`` is its standard error over windows, nan for none."""

    name: str
    label: str
    unit: str
    value: float
    error: float = math.nan


def lines_of(log: ServiceLog) -> tuple[Line, ...]:
    """Return the figures of a service in a year, over all the windows that were followed."""
    return tuple(_lines(log))


def _lines(log: ServiceLog) -> Iterator[Line]:
    inside = (log.referred >= 0.0) & (log.referred < log.years)
    started = log.outcome == STARTED

    def yearly(name: str, label: str, of: Floats | Flags | Ints) -> Line:
        counts = np.array([of[log.window == w].sum() for w in range(log.windows)]) / log.years
        return Line(name, label, "a year", float(counts.mean()), _error(counts))

    accepted = inside.astype(float)
    yield yearly("referred", "Referrals", accepted + inside * log.declined)
    yield yearly("declined", "Referrals declined", inside * log.declined)
    yield yearly("accepted", "Referrals accepted", accepted)
    for code, word in enumerate(OUTCOMES):
        name = word.replace(" ", "_")
        label = {"waiting": "Still waiting"}.get(word, word.capitalize())
        yield yearly(name, f"{label}, of those accepted", inside & (log.outcome == code))
    for code, word in enumerate(ENDINGS):
        if code:
            name = word.replace(" ", "_")
            yield yearly(name, word.capitalize(), inside & started & (log.ending == code))
    yield yearly("contacts", "Contacts with families who start", inside * log.contacts)
    for role, short in enumerate(short_roles(log)):
        held = inside & (log.role == role)
        if log.slots[role] > 0:
            yield yearly(f"contacts_{short}", f"Contacts, {short}", held * log.contacts)
    before = inside & started & (log.age + log.resolved - log.ready < 0.0)
    yield yearly("started_before_birth", "Started before the birth", before)
    wait = np.round(np.where(started, log.resolved - log.ready, 0.0) * WEEKS, 9)
    seen = inside & started
    if seen.any():
        mean, error = _mean(log, wait, seen)
        yield Line("wait_mean", "Wait of those who start, mean", "weeks", mean, error)
        for name, label, share in (
            ("wait_median", "median", 0.5),
            ("wait_p95", "95 of 100 wait less than", 0.95),
        ):
            value = float(np.quantile(wait[seen], share))
            yield Line(name, f"Wait of those who start, {label}", "weeks", value)
        late = seen & (log.age < 0.0) & (log.age + log.resolved - log.ready >= 0.0)
        mean, error = _mean(log, 100.0 * late, seen & (log.age < 0.0))
        label = "Could have started before the birth, but started after it"
        yield Line("started_too_late", label, "percent", mean, error)
    for column, (name, label) in enumerate(
        (("waiting_list", "Families waiting, mean"), ("caseload", "Families in treatment, mean"))
    ):
        means = log.areas[:, column] / log.years
        yield Line(name, label, "families", float(means.mean()), _error(means))
    yield Line("places", "Places of the team", "families", float(log.slots.sum()))
    for role, short in enumerate(short_roles(log)):
        if log.slots[role] > 0:
            used = np.array(
                [busy(log, (log.window == w) & (log.role == role)) for w in range(log.windows)]
            ) / (log.years * log.slots[role] / 100.0)
            value, error = float(used.mean()), _error(used)
            yield Line(f"use_{short}", f"Places in use, {short}", "percent", value, error)
    yield Line("staff", "Staff, whole-time equivalents", "people", float(log.team.sum()))


def short_roles(log: ServiceLog) -> list[str]:
    """Return the roles without what all of them begin with."""
    return [role.rpartition(".")[2] for role in log.roles]


def busy(log: ServiceLog, of: Flags) -> float:
    """Return the years of treatment of some families that lie in their windows."""
    treated = of & (log.outcome == STARTED)
    begins, ends = (np.clip(t[treated], 0.0, log.years) for t in (log.resolved, log.ended))
    return float((ends - begins).sum())


def over_time(log: ServiceLog) -> "DataFrame":
    """Return time (years), waiting and caseload: mean and range of 95 in 100 windows."""
    from pandas import DataFrame

    times = np.linspace(0.0, log.years, int(log.years * STEPS) + 1)
    resolved = np.where(np.isnan(log.resolved), np.inf, log.resolved)
    started = log.outcome == STARTED
    begins, ends = np.where(started, resolved, np.inf), np.where(started, log.ended, np.inf)
    rows: dict[str, Floats] = {"time": times}
    for name, since, until in (
        ("waiting", log.ready, resolved),
        ("caseload", begins, ends),
    ):
        counts = np.stack(
            [
                np.searchsorted(np.sort(since[log.window == w]), times, "right")
                - np.searchsorted(np.sort(until[log.window == w]), times, "right")
                for w in range(log.windows)
            ]
        )
        rows[name] = counts.mean(axis=0)
        rows[f"{name}_low"], rows[f"{name}_high"] = np.quantile(counts, [0.025, 0.975], axis=0)
    return DataFrame(rows)


def pathway_frame(services: Mapping[str, ServiceLog]) -> "DataFrame":
    """Return arm, figure, label, unit, value, mc_error: what each limited team does in a year."""
    from pandas import DataFrame

    rows = [
        (arm, line.name, line.label, line.unit, line.value, line.error)
        for arm, log in services.items()
        for line in lines_of(log)
    ]
    return DataFrame(rows, columns=["arm", "figure", "label", "unit", "value", "mc_error"])


def time_frame(services: Mapping[str, ServiceLog]) -> "DataFrame":
    """Return arm, time, waiting, caseload and their ranges, a row a month of the service."""
    from pandas import concat

    frames = []
    for arm, log in services.items():
        frame = over_time(log)
        frame.insert(0, "arm", arm)
        frames.append(frame)
    return concat(frames, ignore_index=True)


def serving_checks(services: Mapping[str, ServiceLog]) -> tuple[str, ...]:
    """Return what the checks of each service say: nobody lost, Little's law, stability."""
    return tuple(text for arm, log in services.items() for text in _checks(arm, log))


def _checks(arm: str, log: ServiceLog) -> Iterator[str]:
    cohort = np.sort(log.family[log.family >= 0])
    lost = int((np.diff(cohort) != 1).sum()) + int((cohort[:1] != 0).sum())
    words = "no family lost" if not lost else f"{lost} FAMILIES LOST"
    yield f"{arm}: {words}; {log.windows} services of {log.years:g} years"
    yield _little(arm, log)
    load = offered(log)
    places = float(log.slots.sum())
    if load >= places:
        yield (
            f"{arm}: THE QUEUE IS NOT STABLE: families who would start need {load:.0f} places "
            f"and the team has {places:.0f}; the list only ends because families leave it"
        )


def _little(arm: str, log: ServiceLog) -> str:
    """Say whether Little's law holds: mean list = arrivals a year x mean wait."""
    inside = (log.ready >= 0.0) & (log.ready < log.years)
    resolved = np.where(np.isnan(log.resolved), log.years, log.resolved)
    counted, waited = log.areas[:, 0] / log.years, np.empty(log.windows)
    for w in range(log.windows):
        mine = inside & (log.window == w)
        waited[w] = (resolved - log.ready)[mine].sum() / log.years
    gap = counted - waited
    error = 0.0 if log.windows < 2 else _error(gap)
    holds = abs(gap.mean()) <= max(4.0 * error, 1e-9)
    words = "Little's law holds" if holds or log.windows < 2 else "LITTLE'S LAW FAILS"
    return f"{arm}: {words}: list {counted.mean():.2f}, arrivals x wait {waited.mean():.2f}"


def offered(log: ServiceLog) -> float:
    """Return the places that all families would take who start or leave the list for the wait."""
    inside = (log.referred >= 0.0) & (log.referred < log.years)
    started = inside & (log.outcome == STARTED)
    if not started.any():
        return 0.0
    stay = (log.ended - log.resolved)[started].mean()
    gave_up = inside & np.isin(log.outcome, (LEFT, TOO_OLD, 0)) & (log.resolved != log.ready)
    willing = started.sum() / max(started.sum() + (inside & (log.outcome == 2)).sum(), 1)
    wanted = started.sum() + willing * gave_up.sum()
    return float(stay * wanted / (log.windows * log.years))


def _mean(log: ServiceLog, figure: Floats, of: Flags) -> tuple[float, float]:
    """Return a mean over families and its standard error over windows (of a ratio)."""
    totals = np.array([figure[of & (log.window == w)].sum() for w in range(log.windows)])
    counts = np.array([(of & (log.window == w)).sum() for w in range(log.windows)])
    if not counts.sum():
        return math.nan, math.nan
    mean = float(totals.sum() / counts.sum())
    return mean, _error((totals - mean * counts) / counts.mean())


def _error(figures: Floats) -> float:
    """Return the standard error of the mean over windows."""
    if len(figures) < 2:
        return math.nan
    return float(figures.std(ddof=1) / math.sqrt(len(figures)))
