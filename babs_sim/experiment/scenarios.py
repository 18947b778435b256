"""Choosing among the scenarios of an experiment by name."""

from collections.abc import Sequence
from dataclasses import replace

from babs_sim.errors import Problem, nearest, raise_if
from babs_sim.experiment.read import Experiment


def with_scenarios(experiment: Experiment, wanted: Sequence[str]) -> Experiment:
    """Return the experiment with those scenarios alone whose names begin with one of ``wanted``.

    Analyses of other kinds are left out.  Raises `Problems` for what begins no name.
    """
    held = [one for one in experiment.analyses if one.kind == "scenarios"]
    names = [scenario.name for one in held for scenario in one.scenario]
    where = str(experiment.path)
    problems = []
    if not names:
        text = "holds no scenarios"
        problems.append(Problem(where, None, "--scenario", text, hint="leave the option out"))
    else:
        for start in wanted:
            if not any(_begins(name, start) for name in names):
                hint = nearest(start, names) or "see: babs-sim list scenarios"
                problems.append(Problem(where, None, "--scenario", "is no scenario", start, hint))
    raise_if(problems)
    chosen = []
    for one in held:
        kept = [s for s in one.scenario if any(_begins(s.name, start) for start in wanted)]
        if kept:
            chosen.append(one.model_copy(update={"scenario": kept}))
    return replace(experiment, analyses=tuple(chosen))


def _begins(name: str, start: str) -> bool:
    """Return whether a name is ``start`` or goes on after it with a blank."""
    return name == start or name.startswith(f"{start} ")
