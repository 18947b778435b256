"""Faults of an engine, put in on purpose, to see that checks notice them."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

from babs_sim.analysis.comparing import Figure
from babs_sim.analysis.verification import Subject
from babs_sim.lifecourse.compiling import Compiled
from babs_sim.parameters import Model
from babs_sim.parameters.model import Parameter

Patch = pytest.MonkeyPatch
VERIFICATION = "babs_sim.analysis.verification"


def wrapped(patch: Patch, where: str, after: Callable[[Any], Any]) -> None:
    """Let a function give what ``after`` makes of its result."""
    module, _, name = where.rpartition(".")
    original = getattr(__import__(module, fromlist=[name]), name)
    patch.setattr(where, lambda *words, **more: after(original(*words, **more)))


def deaf(patch: Patch, subject: Subject) -> Subject:
    """Numbers in the tables change nothing."""
    for module in ("subject", "changing"):
        patch.setattr(f"{VERIFICATION}.{module}.changed", lambda model, numbers: model)
    return subject


def noisy(patch: Patch, subject: Subject) -> Subject:
    """No two runs, and no two arms of one, count alike."""
    calls = count(1)

    def worse(run: Any) -> Any:
        ledgers = []
        for ledger in run.ledgers:
            by = 1.0 + 1e-4 * next(calls)
            ledgers.append(replace(ledger, count=ledger.count * by, years=ledger.years * by**2,
                                   qalys=ledger.qalys * by))  # fmt: skip
        return replace(run, ledgers=tuple(ledgers))

    wrapped(patch, f"{VERIFICATION}.subject.run", worse)
    return subject


def crowded(patch: Patch, subject: Subject) -> Subject:
    """More people enter a state than there are."""

    def worse(run: Any) -> Any:
        return replace(run, ledgers=tuple(replace(x, first=1.5 * x.first) for x in run.ledgers))

    wrapped(patch, f"{VERIFICATION}.subject.run", worse)
    return subject


def undead(patch: Patch, subject: Subject) -> Subject:
    """Death clears no state, so the dead go on."""

    def worse(compiled: Compiled) -> Compiled:
        m = compiled.machine
        return replace(compiled, machine=m._replace(ends=np.full_like(m.ends, -1)))

    wrapped(patch, "babs_sim.simulate.running.compile_rates", worse)
    return subject


def immortal(patch: Patch, subject: Subject) -> Subject:
    """Nobody ever dies."""

    def worse(compiled: Compiled) -> Compiled:
        ends = [e for e, p in zip(compiled.names.events, compiled.machine.ends, strict=True)
                if p >= 0]  # fmt: skip
        rows = [b for b, (event, _) in enumerate(compiled.names.rows) if event in ends]
        published = compiled.published.copy()
        published[rows] = 0.0
        return replace(compiled, published=published)

    wrapped(patch, "babs_sim.simulate.running.compile_rates", worse)
    return subject


def backwards(patch: Patch, subject: Subject) -> Subject:
    """The log tells events in the wrong order."""
    wrapped(patch, f"{VERIFICATION}.replaying.live_families",
            lambda log: replace(log, time=log.time[::-1].copy()))  # fmt: skip
    return subject


def drawn(worse: Callable[[Any, tuple[str, ...], Model], Any]) -> Callable[..., Subject]:
    """Return a fault of the draws."""

    def fault(patch: Patch, subject: Subject) -> Subject:
        from babs_sim.parameters import distributions

        def sample(model: Model, u: Any) -> Any:
            return worse(distributions.sample(model, u), distributions.drawn(model), model)

        patch.setattr("babs_sim.analysis.drawing.sample", sample)
        return subject

    return fault


def _shifted(draws: Any, columns: tuple[str, ...], model: Model) -> Any:
    """Every draw is a third too large."""
    return 1.33 * draws


def _negative(draws: Any, columns: tuple[str, ...], model: Model) -> Any:
    """Some draws are far below 0."""
    draws[7:9] = -1e9
    return draws


def _shuffled(draws: Any, columns: tuple[str, ...], model: Model) -> Any:
    """Numbers that belong together are drawn apart."""
    rng = np.random.default_rng(1)
    for c, name in enumerate(columns):
        if not name.startswith("latent."):
            draws[1:, c] = rng.permutation(draws[1:, c])
    return draws


def _narrow(draws: Any, columns: tuple[str, ...], model: Model) -> Any:
    """Draws lie too near to the middle."""
    return draws[0] + 0.5 * (draws - draws[0])


def unexplained(patch: Patch, subject: Subject) -> Subject:
    """The gap between base case and mean of draws is parted wrongly."""
    from babs_sim.analysis.verification.sampling import SUMMARY

    table = subject.probabilistic["psa_mean"]
    table.loc[table["measure"].isin(SUMMARY), "from_shape"] += 10.0
    return subject


def unsure(patch: Patch, subject: Subject) -> Subject:
    """Draws of what is fixed are drawn all the same."""
    from babs_sim.analysis import drawing

    original = drawing.draw_points
    patch.setattr(f"{VERIFICATION}.sampling.draw_points",
                  lambda model, *rest: original(subject.model, *rest))  # fmt: skip
    return subject


def unshared(patch: Patch, subject: Subject) -> Subject:
    """Two threads give other results than one."""
    from babs_sim.analysis.points import Evaluated, Response

    original = Response.evaluate

    def worse(self: Any, *words: Any, workers: int = 1, **more: Any) -> Any:
        found = original(self, *words, workers=workers, **more)
        return Evaluated(found.columns, found.rows * (1.0 + 1e-12 * (workers - 1)))

    patch.setattr(Response, "evaluate", worse)
    return subject


def overcertain(patch: Patch, subject: Subject) -> Subject:
    """Chances of being best do not sum to 1."""
    wrapped(patch, f"{VERIFICATION}.sampling.acceptability",
            lambda found: replace(found, probability=0.99 * found.probability))  # fmt: skip
    return subject


def overworth(patch: Patch, subject: Subject) -> Subject:
    """Knowing some numbers is worth more than knowing all."""
    wrapped(patch, f"{VERIFICATION}.sampling.evppi",
            lambda frame: frame.assign(evppi=1.0 + 100.0 * frame["evppi"]))  # fmt: skip
    return subject


def miscounted(patch: Patch, subject: Subject) -> Subject:
    """Bars of the tornado are not what runs give."""

    def worse(found: Any) -> Any:
        frame = found.tables["tornado"]
        return replace(found, tables={"tornado": frame.assign(result=1.01 * frame["result"])})

    wrapped(patch, f"{VERIFICATION}.sampling.run_tornado", worse)
    return subject


def undiscounted(patch: Patch, subject: Subject) -> Subject:
    """Discounting makes the future dearer."""
    wrapped(patch, "babs_sim.analysis.accounts.discount_weights", lambda weights: 1.5 * weights)
    return subject


def inflated(patch: Patch, subject: Subject) -> Subject:
    """Every figure but the cost in all is one per cent too high."""

    def worse(figures: Any) -> list[Figure]:
        return [f if f.measure == "cost" else replace(f, value=1.01 * f.value) for f in figures]

    for name in ("summary_of", "increments"):
        wrapped(patch, f"babs_sim.analysis.base.{name}", worse)
    return subject


def half_banded(patch: Patch, subject: Subject) -> Subject:
    """A band of each subgroup is lost."""
    wrapped(patch, "babs_sim.analysis.base.bands_of", lambda bands: bands[1:])
    return subject


def lossy(patch: Patch, subject: Subject) -> Subject:
    """Files hold fewer digits than the results."""
    from babs_sim.results import write

    def worse(run: Any, tables: Any, *rest: Any, **more: Any) -> Any:
        return write(run, {n: frame.round(2) for n, frame in tables.items()}, *rest, **more)

    patch.setattr(f"{VERIFICATION}.overall.write", worse)
    return subject


def anonymous(patch: Patch, subject: Subject) -> Subject:
    """The manifest says nothing of versions."""
    wrapped(patch, f"{VERIFICATION}.overall.manifest_of",
            lambda found: {k: v for k, v in found.items() if k != "versions"})  # fmt: skip
    return subject


def lenient(patch: Patch, subject: Subject) -> Subject:
    """Mistakes are taken as they are."""
    patch.setattr("babs_sim.parameters.overriding.override", lambda *_: ({}, {}, []))
    return subject


def nameless(patch: Patch, subject: Subject) -> Subject:
    """A payer has no label."""
    rows = list(subject.model.rows["payers"])
    rows[0] = replace(rows[0], row=rows[0].row.model_copy(update={"label": ""}))
    model = replace(
        subject.model, rows=MappingProxyType({**subject.model.rows, "payers": tuple(rows)})
    )
    return Subject(subject.experiment, model)


def outlandish(patch: Patch, subject: Subject) -> Subject:
    """A number is a million times too high."""
    parameters = dict(subject.model.parameters)
    name = next(n for n, p in parameters.items() if p.unit == "£")
    parameters[name] = replace(parameters[name], value=1e12)
    return Subject(subject.experiment, replace(subject.model, parameters=parameters))


def apart(patch: Patch, subject: Subject) -> Subject:
    """The two engines do not count alike."""

    def worse(ledger: Any) -> Any:
        return replace(ledger, count=2.0 * ledger.count)

    wrapped(patch, "babs_sim.simulate.single.ledger_of", worse)
    return subject


def forgetful(patch: Patch, subject: Subject) -> Subject:
    """A number that varies is neither drawn nor listed as fixed."""
    wrapped(patch, f"{VERIFICATION}.uncertainty.drawn", lambda columns: columns[1:])
    return subject


def misread(patch: Patch, subject: Subject) -> Subject:
    """What an arm sets is taken in another unit."""
    patch.setattr(Parameter, "in_base", lambda self, raw: 2.0 * raw)
    return subject


def ungauged(patch: Patch, subject: Subject) -> Subject:
    """Probabilities are taken for rates as they are."""
    patch.setattr(f"{VERIFICATION}.inputs.rate_of", lambda p, years: p / years)
    return subject


shifted, negative = drawn(_shifted), drawn(_negative)
shuffled, narrow = drawn(_shuffled), drawn(_narrow)
