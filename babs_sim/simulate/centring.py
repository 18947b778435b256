"""Centring: published rates are averages over everybody, so that is what must come out.

A cohort of all births of the reference place lives without the service.  Where an event's rates
are averages, the hazard that the model gives to those at risk is compared with what the published
rates give them, band by band, and the rates are scaled by the quotient.  The hazard is integrated
rather than its events counted, which takes nearly all the noise out.  Drivers that arise along the
way depend on each other, so this is repeated, by secant steps: first with few families, at last
with many.
"""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from babs_sim.handover import Floats
from babs_sim.lifecourse.compiling import Compiled
from babs_sim.lifecourse.machine import AT
from babs_sim.population import Cohort, make_families
from babs_sim.randomness import clock_hash, seed_key
from babs_sim.simulate.blocks import Tally, live_families, no_exposure
from babs_sim.tables.arrays import read_arrays, write_arrays

ROUNDS = (50_000, 50_000, 50_000, 50_000, 300_000, 300_000)
"""Families of each round."""
_SLOWEST = 0.3  # least response of the hazard to its factor that a step may assume
_SEED = clock_hash("centring") % 2**31
_CHUNK = 2_500

Factors = tuple[Floats, Floats]
Mapper = Callable[[Callable[[int], Tally], int], list[Tally]]


def centre(
    compiled: Compiled,
    cohort: Cohort,
    mapper: Mapper,
    *,
    folder: Path | None = None,
) -> Factors:
    """Return factors for rates (B, K) and masses (B,) that make averages come out.

    ``compiled`` is the model without the service, ``cohort`` all births of the reference place.
    ``folder`` keeps results under a fingerprint of everything they depend on.
    """
    if not compiled.centred.any():
        return np.ones_like(compiled.published), np.ones(len(compiled.centred))
    path = None
    if folder is not None:
        path = folder / f"{_fingerprint(compiled, cohort)}.npz"
        found = read_arrays(path)
        if found is not None and set(found) == {"factor", "mass_factor"}:
            return found["factor"], found["mass_factor"]
    shape = compiled.published.shape
    log, mass_log = np.zeros(shape), np.zeros(shape[0])
    before: tuple[Floats, Floats, Floats, Floats] | None = None
    for families in ROUNDS:
        scaled = compiled.scaled(np.exp(log), np.exp(mass_log))
        gap, mass_gap = gaps_of(scaled, *lives_of(scaled, cohort, families, mapper))
        step, mass_step = gap.copy(), mass_gap.copy()
        if before is not None:
            step /= response_of(log - before[0], before[1] - gap)
            mass_step /= response_of(mass_log - before[2], before[3] - mass_gap)
        before = (log, gap, mass_log, mass_gap)
        log, mass_log = log + step, mass_log + mass_step
    factor, mass_factor = np.exp(log), np.exp(mass_log)
    if path is not None:
        write_arrays(path, {"factor": factor, "mass_factor": mass_factor})
    return factor, mass_factor


def lives_of(
    compiled: Compiled, cohort: Cohort, families: int, mapper: Mapper
) -> tuple[Floats, Floats]:
    """Let births live; return time at risk and ratio x time enabled (R, K) of rates' rows."""
    key = seed_key(_SEED)

    def chunk(index: int) -> Tally:
        first = index * _CHUNK
        number = min(_CHUNK, families - first)
        people = make_families(cohort, _SEED, first, number)
        tally = Tally.empty(compiled, 0, centring=True)
        nothing = no_exposure(number, compiled.names.exposures)
        live_families(compiled, people, nothing, key, tally, centring=True)
        return tally

    tallies = mapper(chunk, -(-families // _CHUNK))
    return np.sum([t.risk for t in tallies], axis=0), np.sum([t.hazard for t in tallies], axis=0)


def response_of(moved: Floats, changed: Floats) -> Floats:
    """Return by how much the log hazard followed its log factor, 1 where nothing can be said."""
    told = np.abs(moved) > 1e-4
    response = np.where(told, changed / np.where(told, moved, 1.0), 1.0)
    return np.clip(response, _SLOWEST, 1.5)


def gaps_of(compiled: Compiled, risk: Floats, hazard: Floats) -> Factors:
    """Return the log of wanted over given hazard, for rates (B, K) and masses (B,)."""
    m = compiled.machine
    events = {name: e for e, name in enumerate(compiled.names.events)}
    gap, mass_gap = np.zeros(compiled.published.shape), np.zeros(len(compiled.centred))
    for b, (event, _) in enumerate(compiled.names.rows):
        if not compiled.centred[b]:
            continue
        rows = np.flatnonzero(compiled.block == b)
        if m.kind[events[event]] == AT:
            people, chance = risk[rows, 0].sum(), hazard[rows, 0].sum()
            if 0.0 < chance < people and np.isfinite(compiled.published_mass[b]):
                mass_gap[b] = np.log(compiled.published_mass[b] / -np.log1p(-chance / people))
            continue
        wanted = compiled.published[b] * risk[rows].sum(axis=0)
        given = (m.rate[rows] * hazard[rows]).sum(axis=0)
        for piece in np.unique(compiled.piece[b][compiled.piece[b] >= 0]):
            here = compiled.piece[b] == piece
            if given[here].sum() > 0.0 and wanted[here].sum() > 0.0:
                gap[b, here] = np.log(wanted[here].sum() / given[here].sum())
    return gap, mass_gap


def _fingerprint(compiled: Compiled, cohort: Cohort) -> str:
    from babs_sim.speed import source_fingerprint

    stamp = blake2b(source_fingerprint().encode(), digest_size=16)
    stamp.update(Path(__file__).read_bytes())
    stamp.update(repr((ROUNDS, compiled.names, cohort.names, cohort.order)).encode())
    arrays = [*compiled.machine, *cohort.sampler, compiled.published, compiled.published_mass]
    for array in arrays:
        stamp.update(np.ascontiguousarray(array).tobytes())
    return stamp.hexdigest()
