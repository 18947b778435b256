"""The kinds of analysis that run points, and running all those of an experiment."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from babs_sim.analysis.study import Conditions, Found, Sampled
from babs_sim.experiment import Analysis, Experiment
from babs_sim.parameters import Model

if TYPE_CHECKING:
    from pandas import DataFrame

Runner: TypeAlias = Callable[[Analysis, Experiment, Model, Conditions], Found]


def runners() -> Mapping[str, Runner]:
    """Return what runs each kind of analysis; ``base`` is always run and stands not among them."""
    from babs_sim.analysis.oneway import run_tornado
    from babs_sim.analysis.psa import run_psa
    from babs_sim.analysis.scanning import run_threshold, run_two_way
    from babs_sim.analysis.scenarios import run_scenarios
    from babs_sim.analysis.screening import run_morris
    from babs_sim.analysis.variance import run_sobol
    from babs_sim.analysis.worth import run_worth

    return {
        "tornado": run_tornado,
        "two_way": run_two_way,
        "threshold": run_threshold,
        "scenarios": run_scenarios,
        "psa": run_psa,
        "voi": run_worth,
        "morris": run_morris,
        "sobol": run_sobol,
    }


def asked_for(experiment: Experiment) -> tuple[Analysis, ...]:
    """Return the analyses of an experiment that run points."""
    return tuple(one for one in experiment.analyses if one.kind in runners())


def run_analyses(experiment: Experiment, model: Model, conditions: Conditions) -> Found:
    """Run every analysis that `asked_for` returns, one after the other.

    Tables of a second analysis of one kind end in ``_2``, of a third in ``_3``.
    """
    tables: dict[str, DataFrame] = {}
    facts: list[object] = []
    lines: list[str] = []
    earlier: dict[str, Mapping[str, DataFrame]] = {}
    sampled: Sampled | None = None
    for number, analysis in enumerate(asked_for(experiment)):
        kept = conditions.part(f"{number}_{analysis.kind}")
        own = replace(conditions, checkpoint=kept, earlier=dict(earlier), sampled=sampled)
        found = runners()[analysis.kind](analysis, experiment, model, own)
        earlier[analysis.kind] = found.tables
        sampled = found.sampled or sampled
        before = sum(one.kind == analysis.kind for one in asked_for(experiment)[:number])
        ending = f"_{before + 1}" if before else ""
        tables |= {f"{name}{ending}": frame for name, frame in found.tables.items()}
        facts.append({"kind": analysis.kind, "tables": sorted(f"{name}{ending}" for name in
                      found.tables), **found.facts})  # fmt: skip
        lines += found.lines
    return Found(tables, {"analyses": facts} if facts else {}, tuple(lines))
