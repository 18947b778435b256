"""Not more care entries of infants can be prevented than a place has."""

from collections.abc import Mapping

from babs_sim.handover import Ledger
from babs_sim.parameters import Model

ENTRIES, BIRTHS = "place.infant_care_entries", "place.births"


def ceiling_checks(
    model: Model,
    population: str,
    comparator: str,
    ledgers: Mapping[str, Ledger],
    intake: Mapping[str, float] | None = None,
) -> tuple[str, ...]:
    """Return what the place's infant care entries a year say about a run, in words.

    Entries are the events of the ``break even`` measures before the first birthday; nothing is
    said where the place gives no number of them.
    """
    limit = model.parameters.get(ENTRIES)
    events = {
        event
        for row in model.table("measures")
        if row.kind == "break even"
        for event in row.of.split()
    }
    if limit is None or not events:
        return ()
    rates = {arm: infant_rate(ledger, events) for arm, ledger in ledgers.items()}
    usual = rates.pop(comparator)
    if population != "births" and intake:
        prevented = (
            _verdict(arm, yearly * (usual - rates[arm]), limit.value)
            for arm, yearly in intake.items()
        )
        present = (_families(arm, yearly * usual, limit.value) for arm, yearly in intake.items())
        return (*prevented, *present)
    if population != "births":
        most = f"{limit.value / usual:,.0f}" if usual > 0.0 else "any number of"
        return (
            f"the place has {limit.value:g} infant care entries a year: with usual care they all "
            f"would be of these families if there were {most} of them a year",
        )
    births = model.parameters[BIRTHS].value
    return tuple(_verdict(arm, births * (usual - rate), limit.value) for arm, rate in rates.items())


def infant_rate(ledger: Ledger, events: set[str]) -> float:
    """Return events per family before the first birthday."""
    chosen = [e for e, name in enumerate(ledger.events) if name in events]
    return float(ledger.count[:, chosen, :2, 0].sum() / ledger.families.sum())


def _verdict(arm: str, prevented: float, limit: float) -> str:
    part = f"{arm} prevents {prevented:.1f} infant care entries a year"
    if prevented > limit:
        return f"TOO MANY: {part}, but the place has {limit:g}"
    return f"{part} of the {limit:g} that the place has"


def _families(arm: str, entries: float, limit: float) -> str:
    """Say how many of the place's entries a year are of families whose referral is accepted."""
    part = f"with usual care {entries:.1f} infant care entries a year would be of {arm}'s families"
    if entries > limit:
        return f"TOO MANY: {part}, but the place has {limit:g}"
    return f"{part}, of the {limit:g} that the place has"
