"""`babs-sim calibrate`: move the free parameters to the calibration targets."""

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.choosing import folders_or_default
from babs_sim.cli.layout import columns, figure
from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.cli.validating import place_and_reference
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis.calibrating import Calibration


def calibrate_model(
    folders: Sequence[Path],
    families: int,
    seed: int,
    evaluations: int,
    points: int,
    draws: int,
    workers: int | None,
    out: Path,
    quiet: bool,
) -> None:
    """Search, draw from the posterior if asked to, write the folder, and say what changed."""
    model, _, _ = place_and_reference(folders, "")

    from babs_sim.analysis import calibrated
    from babs_sim.analysis.calibrating import calibrate, found_by
    from babs_sim.analysis.posterior import sample_posterior
    from babs_sim.results import check_place, manifest_of_model, write_folder

    began = time.perf_counter()
    folder = out.expanduser() / "calibration"
    check_place(folder)
    with Bar(quiet) as bar:
        found, objective = calibrate(model, families, seed, evaluations, workers or cores(), bar)
        posterior = sample_posterior(objective, points, draws, bar) if draws else None
        found = found_by(objective, began)
        bar(0, 1, "writing")
        tables = {
            "calibration": calibrated.record_frame(found, posterior),
            "free": calibrated.free_frame(found, posterior),
        }
        if posterior is not None:
            tables["posterior"] = calibrated.posterior_frame(found.free, posterior)
        facts = {
            "kind": "calibration",
            "seed": seed,
            "families": families,
            "evaluations": len(found.trials),
            "seconds": found.seconds,
            "log_likelihood": [found.before.log_likelihood, found.best.log_likelihood],
            "targets": [gauge.row.name for gauge in found.gauges],
            "acceptance": None if posterior is None else posterior.acceptance,
        }
        words = ["babs-sim", "calibrate", "--families", families, "--seed", seed,
                 "--evaluations", evaluations, "--points", points, "--draws", draws]  # fmt: skip
        for path in folders_or_default(folders):
            words += ["--parameters", shown(path)]
        command = shlex.join(map(str, words))
        manifest = manifest_of_model(model, "Calibration", command, facts)
        pages = calibrated.override_files(model, found, posterior)
        write_folder(folder, manifest, tables, pages=pages)
    if not quiet:
        print("\n".join(_lines(found)))
        print(f"Put {shown(folder / calibrated.FOLDER)} last in an experiment's 'parameters'.")
        print(f"Results: {shown(folder)} ({found.seconds:.1f} s)")


def _lines(found: "Calibration") -> list[str]:
    before, best = found.before, found.best
    lines = [
        f"{len(found.gauges)} calibration targets, {len(found.free)} free parameters, "
        f"{len(found.trials)} trials of {found.families:,} births.",
        f"Log likelihood {before.log_likelihood:.2f} before, {best.log_likelihood:.2f} at the "
        "best trial.",
    ]
    rows = [("free parameter", "before", "best", "unit")]
    for k, free in enumerate(found.free):
        p = free.parameter
        rows.append(
            (p.name, figure(p.raw_value), figure(float(f"{free.value(best.u[k]):.4g}")), p.raw_unit)
        )
    return lines + columns(rows)
