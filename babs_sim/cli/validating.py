"""`babs-sim validate`: how near the model comes to what is published, without the service."""

import shlex
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.choosing import chosen_model, folders_or_default
from babs_sim.cli.layout import WIDEST
from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.parameters import Model
from babs_sim.tables import shown

if TYPE_CHECKING:
    from babs_sim.analysis.validation import Validation


def place_and_reference(folders: Sequence[Path], place: str) -> tuple[Model, Model, str]:
    """Return the model of a place, that of the reference place, and the place's targets' name.

    The reference place is meant where none is named; its targets have the name "".
    """
    plain = chosen_model(folders, "")
    reference = str(plain.values().setting("model.family.reference_place"))
    central = chosen_model(folders, reference) if reference else plain
    if place in ("", reference):
        return central, central, ""
    return chosen_model(folders, place), central, place


def validate_model(
    folders: Sequence[Path],
    place: str,
    families: int,
    seed: int,
    workers: int | None,
    out: Path,
    quiet: bool,
) -> None:
    """Compare births with published figures, write the folder, and say what is met and missed."""
    model, reference, targets = place_and_reference(folders, place)

    from babs_sim.analysis.validation import validate
    from babs_sim.plots import rendered
    from babs_sim.plots.validation import draw_validation, validation_caption
    from babs_sim.results import check_place, manifest_of_model, write_folder

    folder = out.expanduser() / "-".join(filter(None, ("validation", model.place)))
    check_place(folder)
    with Bar(quiet) as bar:
        found = validate(model, reference, targets, families, seed, workers or cores(), bar)
        bar(0, 1, "writing")
        title = f"Validation: {found.label}"
        near, whole = found.counts()
        held, all_held = found.counts("held_out")
        facts = {
            "kind": "validation",
            "label": found.label,
            "seed": seed,
            "families": families,
            "seconds": found.seconds,
            "in_band": {"expressed": [near, whole], "held_out": [held, all_held]},
            "targets": [c.row.name for c in found.comparisons],
        }
        command = _command(folders, place, families, seed, out)
        manifest = manifest_of_model(model, title, command, facts)
        frame = found.frame()
        caption = validation_caption(families, seed, model.fingerprint)
        picture = draw_validation(frame, found.label, families, caption)
        write_folder(folder, manifest, {"validation": frame}, rendered(picture))
    if not quiet:
        print("\n".join(summary(found)))
        print(f"Results: {shown(folder)} ({found.seconds:.1f} s)")


def _command(folders: Sequence[Path], place: str, families: int, seed: int, out: Path) -> str:
    words = ["babs-sim", "validate", "--families", str(families), "--seed", str(seed)]
    for folder in folders_or_default(folders):
        words += ["--parameters", shown(folder)]
    if place:
        words += ["--place", place]
    if out != Path("results"):
        words += ["--out", str(out)]
    return shlex.join(words)


def summary(found: "Validation") -> list[str]:
    """Return the lines that say what is met, what is missed and why, and what has no words."""
    near, whole = found.counts()
    held, all_held = found.counts("held_out")
    unexpressed = len(found.comparisons) - whole
    lines = [
        f"{found.label}: {found.families:,} births without the service against "
        f"{len(found.comparisons)} published figures.",
        f"In band: {near} of {whole} that the model can express{_share(near, whole)}; of those "
        f"held out {held} of {all_held}{_share(held, all_held)}. It cannot express {unexpressed}.",
        "In band is within 10 % or two standard errors of the published figure.",
    ]
    misses = found.misses()
    if misses:
        lines.append("Out of band:")
    for miss in misses:
        row = miss.row
        reason = row.note or "no reason known"
        lines.append(
            f"{row.label}, {row.population} ({row.role.replace('_', ' ')}): published "
            f"{row.value:.4g}, simulated {miss.simulated:.4g} {row.unit}; {reason}"
        )
    return [
        part
        for number, line in enumerate(lines)
        for part in textwrap.wrap(
            line, WIDEST, initial_indent="  " if number > 3 else "", subsequent_indent="    "
        )
    ]


def _share(part: int, whole: int) -> str:
    return f" ({100 * part / whole:.0f} %)" if whole else ""
