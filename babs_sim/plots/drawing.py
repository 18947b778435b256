"""Which figures a folder of results has, by its tables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from babs_sim.plots.style import Picture

if TYPE_CHECKING:
    from pandas import DataFrame

SHARED = ("acceptability", "loss", "service", "evpi", "evppi", "evsi")
"""Figures that show all arms together."""

Tables: TypeAlias = "Callable[[str], DataFrame]"
Drawer: TypeAlias = "Callable[[Tables, Mapping[str, Any], str], Iterator[Picture]]"
WholeDrawer: TypeAlias = "Callable[[Tables, Mapping[str, Any]], Picture]"


def drawers() -> dict[str, tuple[tuple[str, ...], Drawer]]:
    """Return by kind of figure the tables that it needs, and what draws it for one arm."""
    from babs_sim.plots.ages import draw_states
    from babs_sim.plots.budget import draw_budget, draw_service
    from babs_sim.plots.cashflow import draw_cashflow
    from babs_sim.plots.choice import draw_acceptability, draw_loss, draw_plane
    from babs_sim.plots.claims import draw_claim_places
    from babs_sim.plots.equity import draw_equity
    from babs_sim.plots.flow import draw_flow
    from babs_sim.plots.grid import draw_grid
    from babs_sim.plots.icons import draw_icons
    from babs_sim.plots.ranking import draw_ranking
    from babs_sim.plots.sureness import draw_convergence, draw_payback
    from babs_sim.plots.tornado import draw_tornado
    from babs_sim.plots.worth import draw_evpi, draw_evppi, draw_evsi

    def tornado(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_tornado(tables("tornado"), facts, arm, _measure(tables("tornado")))

    def plane(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_plane(tables("costs"), tables("effects"), facts, arm)

    def acceptability(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_acceptability(tables("ceac"), facts)
        yield draw_loss(tables("ceac"), facts)

    def payback(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_payback(tables("payback"), facts, arm)

    def convergence(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        frame = tables("convergence")
        yield draw_convergence(frame, facts, arm, _measure(frame))

    def cashflow(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_cashflow(tables("cashflow"), facts, arm)

    def two_way(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_grid(tables("two_way"), facts, arm)

    def ranking(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_ranking(tables("compare"), facts, arm)

    def equity(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield from draw_equity(tables("equity"), facts, arm)

    def states_by_age(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield from draw_states(tables("states_by_age"), facts, arm)

    def icons(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield from draw_icons(tables("outcomes"), facts, arm)

    def flow(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield from draw_flow(tables("pathway"), facts, arm)

    def budget(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        frame = tables("budget")
        if (frame["arm"] == arm).any():
            yield draw_budget(frame, facts, arm)

    def service(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_service(tables("pathway_time"), facts)

    def claim_places(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield from draw_claim_places(tables("claim_places"), facts, arm)

    def evpi(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_evpi(tables("evpi"), facts)

    def evppi(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_evppi(tables("evppi"), facts)

    def evsi(tables: Tables, facts: Mapping[str, Any], arm: str) -> Iterator[Picture]:
        yield draw_evsi(tables("evsi"), facts)

    return {
        "budget": (("budget",), budget),
        "service": (("pathway_time",), service),
        "claim_places": (("claim_places",), claim_places),
        "flow": (("pathway",), flow),
        "icons": (("outcomes",), icons),
        "states_by_age": (("states_by_age",), states_by_age),
        "equity": (("equity",), equity),
        "ranking": (("compare",), ranking),
        "cashflow": (("cashflow",), cashflow),
        "tornado": (("tornado",), tornado),
        "two_way": (("two_way",), two_way),
        "plane": (("costs", "effects"), plane),
        "acceptability": (("ceac",), acceptability),
        "payback": (("payback",), payback),
        "convergence": (("convergence",), convergence),
        "evpi": (("evpi",), evpi),
        "evppi": (("evppi",), evppi),
        "evsi": (("evsi",), evsi),
    }


def whole_drawers() -> "dict[str, tuple[tuple[str, ...], WholeDrawer]]":
    """Return the same for folders that hold no arms, by the kind that their manifest names."""
    from babs_sim.plots.causal import draw_causes
    from babs_sim.plots.validation import draw_validation, validation_caption

    def validation(tables: Tables, facts: Mapping[str, Any]) -> Picture:
        families = int(facts["families"])
        caption = validation_caption(families, int(facts["seed"]), str(facts["inputs"]["model"]))
        return draw_validation(
            tables("validation"), str(facts.get("label", facts["title"])), families, caption
        )

    def causes(tables: Tables, facts: Mapping[str, Any]) -> Picture:
        return draw_causes(tables("boxes"), tables("links"), str(facts["inputs"]["model"]))

    return {"validation": (("validation",), validation), "causes": (("boxes", "links"), causes)}


def tables_of(kind: str) -> tuple[str, ...]:
    """Return the tables that a kind of figure needs; () for no kind."""
    return {**drawers(), **whole_drawers()}.get(kind, ((), None))[0]


def kinds_of(tables: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[str]:
    """Return the kinds of figures that a run with these tables and arms has."""
    if len(manifest.get("arms", ())) < 2:
        kind = str(manifest.get("kind", ""))
        needed = whole_drawers()[kind][0] if kind in whole_drawers() else ("",)
        return [kind] if all(name in tables for name in needed) else []
    return [kind for kind, (needed, _) in drawers().items() if all(n in tables for n in needed)]


def pictures(tables: Tables, manifest: Mapping[str, Any], kinds: list[str]) -> Iterator[Picture]:
    """Yield the figures of each kind; those of a second arm are named after it too."""
    if "arms" not in manifest:
        for kind in kinds:
            yield whole_drawers()[kind][1](tables, manifest)
        return
    others = [str(arm["name"]) for arm in manifest["arms"] if not arm["comparator"]]
    for kind in kinds:
        once: set[str] = set()
        for number, arm in enumerate(others):
            for picture in drawers()[kind][1](tables, manifest, arm):
                if number == 0:
                    once.add(picture.name)
                    yield picture
                elif picture.name not in SHARED:
                    yield replace(picture, name=f"{picture.name}_{number + 1}")


def _measure(frame: "DataFrame") -> str:
    return str(frame["measure"].iloc[0])
