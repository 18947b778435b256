"""`babs-sim causes`: what each driver does along all chains, and the argument on one page."""

import shlex
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from babs_sim.cli.choosing import folders_or_default
from babs_sim.cli.layout import WIDEST, columns
from babs_sim.cli.progress import Bar
from babs_sim.cli.running import cores
from babs_sim.cli.validating import place_and_reference
from babs_sim.parameters import Model
from babs_sim.tables import shown

if TYPE_CHECKING:
    from pandas import DataFrame

    from babs_sim.plots import Picture


def show_causes(
    folders: Sequence[Path],
    families: int,
    seed: int,
    workers: int | None,
    out: Path,
    quiet: bool,
) -> None:
    """Change each driver alone, write what happens, and print it by outcome."""
    began = time.perf_counter()
    _, model, _ = place_and_reference(folders, "")

    from babs_sim.analysis.causes import chains_frame, total_effects
    from babs_sim.analysis.domains import boxes_frame, domains_of, links_frame
    from babs_sim.plots import rendered
    from babs_sim.results import check_place, manifest_of_model, write_folder

    folder = out.expanduser() / "causes"
    check_place(folder)
    with Bar(quiet) as bar:
        found = total_effects(model, families, seed, workers or cores(), bar)
        bar(0, 1, "writing")
        words = ["babs-sim", "causes", "--families", str(families), "--seed", str(seed)]
        for path in folders_or_default(folders):
            words += ["--parameters", shown(path)]
        facts = {"kind": "causes", "seed": seed, "families": families}
        manifest = manifest_of_model(model, "Total effects", shlex.join(words), facts)
        picture = picture_of(model)
        figures = {} if picture is None else rendered(picture)
        tables = {"causes": found, "chains": chains_frame(model)}
        if picture is not None:
            tables |= {"boxes": boxes_frame(domains_of(model)), "links": links_frame(model)}
        write_folder(folder, manifest, tables, figures)
    if not quiet:
        print("\n".join(_lines(model, found, families)))
        print(f"Results: {shown(folder)} ({time.perf_counter() - began:.1f} s)")


def picture_of(model: Model) -> "Picture | None":
    """Return the causal argument on one page; None where the tables name no domains."""
    from babs_sim.analysis.domains import boxes_frame, domains_of, links_frame
    from babs_sim.plots.causal import draw_causes

    domains = domains_of(model)
    if not any(domain.stage for domain in domains):
        return None
    return draw_causes(boxes_frame(domains), links_frame(model), model.fingerprint)


def _lines(model: Model, found: "DataFrame", families: int) -> list[str]:
    lines = textwrap.wrap(
        f"What happens if one driver is changed and nothing else, in {families:,} births without "
        "the service: direct is the ratio of the tables, total that of what happens along all "
        "chains (95 % Monte Carlo interval). Largest first.",
        WIDEST,
    )
    if found.empty:
        return [*lines, "No chain leads to an outcome of causal_outcomes.csv."]
    flags: dict[str, list[str]] = {}
    for outcome in model.table("causal_outcomes"):
        mine = found[found["outcome"] == outcome.name]
        mine = mine.sort_values("total", key=lambda total: -abs(total - 1.0))
        rows = [["", "contrast", "direct", "total", "", "chains", ""]]
        for row in mine.to_dict("records"):
            interval = f"({row['low']:.3g} to {row['high']:.3g})"
            direct = "" if row["direct"] != row["direct"] else f"{row['direct']:.3g}"
            mark = ""
            for flag in filter(None, str(row["flag"]).split("; ")):
                numbers = list(flags)
                if flag not in flags:
                    numbers.append(flag)
                    flags[flag] = []
                flags[flag].append(f"{row['driver']} on {outcome.name}")
                mark += f" [{numbers.index(flag) + 1}]"
            cells = (row["driver"], row["contrast"], direct, f"{row['total']:.3g}", interval)
            rows.append([*map(str, cells), str(row["chains"]), mark.strip()])
        lines += ["", f"{outcome.label}, until {outcome.until:g}", *columns(rows)]
    lines.append("")
    for number, flag in enumerate(flags, 1):
        lines += textwrap.wrap(f"[{number}] {flag}", WIDEST, subsequent_indent="    ")
    return lines
