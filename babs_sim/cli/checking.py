"""`babs-sim check`: every problem of every input, without running anything."""

from babs_sim.cli.choosing import chosen_model, known_experiments
from babs_sim.errors import Problem, Problems, raise_if
from babs_sim.experiment import find_experiment, load
from babs_sim.tables import shown


def check_experiments(text: str | None) -> None:
    """Check one experiment, or all known ones; raises `Problems` with all that is wrong."""
    from babs_sim.analysis import check_measures

    paths = [find_experiment(text)] if text is not None else known_experiments()
    problems: list[Problem] = []
    fine = []
    for path in paths:
        try:
            experiment, model = load(path)
            check_measures(experiment, model)
        except Problems as found:
            problems += found.problems
        else:
            fine.append(
                f"{shown(path)}: fine ({len(experiment.arms)} arms, {len(model.parameters)} "
                f"parameters, {len(model.table('events'))} events, "
                f"{len(model.table('unit_costs'))} unit costs)"
            )
    if not paths:
        model = chosen_model([], "")
        fine.append(f"{len(model.parameters)} parameters: fine")
    if fine:
        print("\n".join(fine))
    raise_if(problems)
