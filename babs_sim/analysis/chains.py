"""The causal argument, read off the tables: what drives what, link by link and along all chains.

A link leads from a driver (a trait, a state, a counter or an exposure) to an event; an event leads
to the states that it sets.  A state that an event needs is a link too: no plan without being in
need.  A chain is a path of links that meets no driver twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from babs_sim.parameters import Model
from babs_sim.parameters.rows import EffectRow

ACE_COUNT = "child.ace_count"
NEEDS = "needs"
LONGEST = 4
MOST = 100_000


@dataclass(frozen=True, slots=True)
class Link:
    """One step of the argument: ``driver`` acts on ``event``.

    ``ratio`` multiplies the event's hazard (the full association, per unit where the form is
    ``per unit``), ``share`` is the part of its logarithm that acts; both are 1 where the event
    only needs the driver (``form`` is ``needs``).  ``evidence`` are ids of the figures behind it.
    """

    driver: str
    event: str
    form: str
    ratio: float
    share: float
    source: str
    grade: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Web:
    """All links of a model by driver, and what each event leads to."""

    links: Mapping[str, tuple[Link, ...]]
    leads: Mapping[str, tuple[str, ...]]

    def into(self, events: Sequence[str]) -> list[Link]:
        """Return the links that end in one of ``events``."""
        wanted = set(events)
        return [link for links in self.links.values() for link in links if link.event in wanted]


def web_of(model: Model) -> Web:
    """Return the links of a model, with the effect set that its settings choose."""
    values = model.values()
    chosen = values.setting("service.effect_set", "")
    aces = {row.name for row in model.table("states") if row.ace}
    links: dict[str, list[Link]] = {}
    for row in model.table("effects"):
        if row.effect_set not in ("", chosen):
            continue
        links.setdefault(row.driver, []).append(_link(row, values[row.key], values, model))
    for event in model.table("events"):
        for state in event.requires.split():
            if not state.startswith("!"):
                link = Link(state, event.name, NEEDS, 1.0, 1.0, "", "", ())
                links.setdefault(state, []).append(link)
    leads = {}
    for event in model.table("events"):
        states = event.sets.split()
        counters = [f"count({event.name})"] if f"count({event.name})" in links else []
        counted = [ACE_COUNT] if aces.intersection(states) and ACE_COUNT in links else []
        leads[event.name] = tuple(dict.fromkeys([*states, *counters, *counted]))
    return Web({name: tuple(rows) for name, rows in links.items()}, leads)


def _link(row: EffectRow, ratio: float, values: Mapping[str, float], model: Model) -> Link:
    share = values[row.causal_share] if row.causal_share else 1.0
    parameter = model.parameters[row.key]
    evidence = tuple(part for part in row.evidence.replace(" ", "").split(";") if part)
    return Link(
        row.driver, row.event, row.form, ratio, share, row.source, parameter.grade, evidence
    )


def chains(
    web: Web, driver: str, events: Sequence[str], longest: int = LONGEST
) -> list[tuple[Link, ...]]:
    """Return every chain from ``driver`` to one of ``events``, of ``longest`` links at most.

    The shortest come first.  No more than `MOST` are followed.
    """
    reach = _reach(web, events, longest)
    found = []
    for number, chain in enumerate(_walk(web, driver, set(events), reach, longest)):
        found.append(chain)
        if number + 1 >= MOST:
            break
    return sorted(found, key=lambda chain: (len(chain), [(k.driver, k.event) for k in chain]))


def _walk(
    web: Web, driver: str, events: set[str], reach: Mapping[str, int], left: int
) -> Iterator[tuple[Link, ...]]:
    stack: list[tuple[str, tuple[Link, ...]]] = [(driver, ())]
    while stack:
        at, chain = stack.pop()
        met = {link.driver for link in chain} | {at}
        for link in _distinct(web.links.get(at, ())):
            longer = (*chain, link)
            if link.event in events:
                yield longer
                continue
            for following in web.leads.get(link.event, ()):
                room = left - len(longer)
                if following not in met and reach.get(following, left + 1) <= room:
                    stack.append((following, longer))


def _distinct(links: Sequence[Link]) -> list[Link]:
    """Return one link for each event: levels of a trait are one step of an argument, not five."""
    kept: dict[str, Link] = {}
    for link in links:
        kept.setdefault(link.event, link)
    return list(kept.values())


def _reach(web: Web, events: Sequence[str], longest: int) -> dict[str, int]:
    """Return for each driver the least number of links to one of ``events``."""
    steps = {link.driver: 1 for link in web.into(events)}
    for number in range(2, longest + 1):
        before = set(steps)
        for driver, links in web.links.items():
            if driver in before:
                continue
            if any(set(web.leads.get(link.event, ())) & before for link in links):
                steps[driver] = number
    return steps
