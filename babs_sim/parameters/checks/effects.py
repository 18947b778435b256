"""Effects: each joins an event and a driver in a form that fits the driver's kind."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue, effect_sets, problem
from babs_sim.parameters.checks.names import ACE_COUNT
from babs_sim.parameters.rows import EffectRow, EventRow, ProfileRow, TraitLevelRow, TraitRow
from babs_sim.tables import Located
from babs_sim.units import PROBABILITY, RATE_RATIO, UNITS, YEARS

_FORMS: dict[str, tuple[str, ...]] = {
    "trait": ("per unit", "level"),
    "state": ("while", "ever"),
    "counter": ("per unit",),
    "exposure": ("profile",),
}
_QUANTITIES = {"hold_to": (YEARS,), "half_life": (YEARS,), "floor": ("ratio", PROBABILITY)}


def effect_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with effects and with the profiles of how they fade."""
    yield from _profiles(catalogue)
    events = {found.row.name: found.row for found in catalogue.located(EventRow)}
    numbers = catalogue.numbers()
    for effect in catalogue.located(EffectRow):
        row = effect.row
        yield from catalogue.unknown(effect, "event", row.event, "an event", "events")
        if row.unit in UNITS and UNITS[row.unit].base != RATE_RATIO:
            hint = "use rate ratio, hazard ratio, odds ratio, risk ratio or smd"
            yield problem(effect, "unit", "does not fit an effect", row.unit, hint)
        kind = _kind(catalogue, row.driver)
        if kind == "":
            yield from _unknown_driver(catalogue, effect)
            continue
        if row.form not in _FORMS[kind]:
            text = f"does not fit '{row.driver}', which is {_article(kind)}"
            hint = "use one of: " + ", ".join(_FORMS[kind])
            yield problem(effect, "form", text, row.form, hint)
            continue
        yield from _bend(effect)
        yield from _level(catalogue, effect, kind)
        yield from _window(catalogue, effect, kind, events.get(row.event))
        yield from _share(catalogue, effect, kind, numbers)
        yield from _profile(catalogue, effect)
    sets, chosen = effect_sets(catalogue), catalogue.contents.settings.get("service.effect_set")
    if sets and chosen is not None and chosen.value not in sets:
        name = str(chosen.value)
        text, hint = "is not an effect set of effects.csv", nearest(name, sets)
        yield Problem(chosen.file, chosen.line, "effect_set", text, name, hint)


def _kind(catalogue: Catalogue, driver: str) -> str:
    """Return what a driver is, "" for nothing known."""
    if driver in catalogue.names("traits"):
        return "trait"
    if driver in catalogue.names("states"):
        return "state"
    if driver in catalogue.exposures():
        return "exposure"
    counted = driver.removeprefix("count(").removesuffix(")")
    if driver == ACE_COUNT or (counted != driver and counted in catalogue.names("events")):
        return "counter"
    return ""


def _unknown_driver(catalogue: Catalogue, effect: Located[EffectRow]) -> Iterator[Problem]:
    if catalogue.unread & {"traits", "states", "events", "service"}:
        return
    counts = [f"count({name})" for name in catalogue.names("events")]
    known = catalogue.names("traits") | catalogue.names("states") | catalogue.exposures()
    driver = effect.row.driver
    hint = nearest(driver, counts if driver.startswith("count(") else [*known, ACE_COUNT])
    text = "is neither a trait, a state, a counter nor an exposure"
    yield problem(effect, "driver", text, driver, hint)


def _article(kind: str) -> str:
    return f"an {kind}" if kind == "exposure" else f"a {kind}"


def _bend(effect: Located[EffectRow]) -> Iterator[Problem]:
    row = effect.row
    if row.form != "per unit":
        for field, given in (("knot", row.knot), ("cap", row.cap)):
            if given is not None:
                text = f"does not belong to the form '{row.form}'"
                yield problem(effect, field, text, f"{given:g}", "leave it blank")
    if row.beyond != 1.0 and row.knot is None:
        text = "does nothing without a knot"
        yield problem(effect, "beyond", text, f"{row.beyond:g}", "give the knot")
    if row.knot is not None and row.cap is not None and row.cap < row.knot:
        yield problem(effect, "cap", f"lies below the knot, {row.knot:g}", f"{row.cap:g}")


def _level(catalogue: Catalogue, effect: Located[EffectRow], kind: str) -> Iterator[Problem]:
    row = effect.row
    if row.form != "level":
        if row.level is not None:
            text = f"does not belong to the form '{row.form}'"
            yield problem(effect, "level", text, f"{row.level:g}", "leave it blank")
        return
    if row.level is None:
        hint = "name the level of the trait at which the ratio holds"
        yield problem(effect, "level", "is missing, but the form 'level' needs it", hint=hint)
        return
    if kind != "trait" or not catalogue.complete("traits", "trait_levels"):
        return
    levels = _levels(catalogue, row.driver)
    if row.level not in levels:
        hint = "use one of: " + ", ".join(f"{level:g}" for level in levels) if levels else ""
        hint = hint or "the trait has no levels: use the form 'per unit'"
        text = f"is not a level of '{row.driver}'"
        yield problem(effect, "level", text, f"{row.level:g}", hint)


def _levels(catalogue: Catalogue, trait: str) -> list[float]:
    found = []
    for level in catalogue.located(TraitLevelRow):
        if level.row.trait == trait:
            try:
                found.append(float(level.row.level))
            except ValueError:
                return []
    return sorted(found)


def _window(
    catalogue: Catalogue, effect: Located[EffectRow], kind: str, event: EventRow | None
) -> Iterator[Problem]:
    """Yield what is wrong with limits of age: these fit rates by age and traits with levels."""
    row = effect.row
    if row.age_from is None and row.age_to is None:
        return
    if row.age_from is None or row.age_to is None:
        field = "age_from" if row.age_from is None else "age_to"
        yield problem(effect, field, "is missing, but the other limit is given")
        return
    if row.age_from >= row.age_to:
        text = f"lies not below age_to, {row.age_to:g}"
        yield problem(effect, "age_from", text, f"{row.age_from:g}")
    if kind != "trait":
        text = f"limits of age belong to effects of a trait, but this is {_article(kind)}"
        yield problem(effect, "age_from", text, hint="leave age_from and age_to blank")
        return
    if event is not None and event.clock != "age":
        text = f"limits of age belong to the clock 'age', but '{event.name}' has '{event.clock}'"
        yield problem(effect, "age_from", text, hint="leave age_from and age_to blank")
    if catalogue.complete("traits", "trait_levels"):
        levels = _levels(catalogue, row.driver)
        whole = [levels[0] + step for step in range(len(levels))] if levels else []
        if not levels or levels != whole or levels[0] != int(levels[0]):
            text = f"limits of age need whole levels without gaps, but '{row.driver}' has none"
            yield problem(effect, "age_from", text, hint="leave age_from and age_to blank")


def _share(
    catalogue: Catalogue, effect: Located[EffectRow], kind: str, known: set[str]
) -> Iterator[Problem]:
    row = effect.row
    if row.carrier and not row.causal_share:
        text = "is missing, but the carrier carries the rest of it"
        yield problem(effect, "causal_share", text, hint="name the parameter of the causal share")
    if row.carrier and kind == "counter":
        text = "belongs to a state: a count has no value of 0 or 1 for a trait to carry"
        yield problem(effect, "carrier", text, row.carrier, "leave it blank")
    elif row.carrier:
        yield from catalogue.unknown(effect, "carrier", row.carrier, "a trait", "traits")
        kinds = {found.row.name: found.row.kind for found in catalogue.located(TraitRow)}
        if row.carrier in kinds and catalogue.complete("traits", "trait_levels"):
            levels = _levels(catalogue, row.carrier)
            if kinds[row.carrier] != "levels" or set(levels) - {0.0, 1.0}:
                text = "is not a trait of the levels 0 and 1"
                yield problem(effect, "carrier", text, row.carrier)
    if not row.causal_share:
        return
    if kind not in ("state", "counter"):
        text = f"does not belong to {_article(kind)}: its full ratio acts"
        yield problem(effect, "causal_share", text, row.causal_share, "leave it blank")
        return
    if row.causal_share not in known:
        if "model" not in catalogue.unread:
            shares = [name for name in known if name.startswith("model.shared.")]
            hint = nearest(row.causal_share, shares) or "see [shared] in model.toml"
            yield problem(effect, "causal_share", "is not a parameter", row.causal_share, hint)
        return
    share = catalogue.contents.numbers.get(row.causal_share)
    if share is not None and not 0.0 <= share.row.value <= 1.0:
        text = "is not a share: it is not between 0 and 1"
        yield problem(effect, "causal_share", text, f"{share.row.value:g}")


def _profile(catalogue: Catalogue, effect: Located[EffectRow]) -> Iterator[Problem]:
    row = effect.row
    if row.form == "profile":
        if not row.profile:
            text, hint = "is missing, but the form 'profile' needs it", "name one of profiles.csv"
            yield problem(effect, "profile", text, hint=hint)
        else:
            yield from catalogue.unknown(
                effect, "profile", row.profile, "a profile", "profiles", column="profile"
            )
    elif row.profile:
        text = f"does not belong to the form '{row.form}'"
        yield problem(effect, "profile", text, row.profile, "leave it blank")


def _profiles(catalogue: Catalogue) -> Iterator[Problem]:
    given: dict[str, dict[str, Located[ProfileRow]]] = {}
    for found in catalogue.located(ProfileRow):
        row = found.row
        given.setdefault(row.profile, {})[row.quantity] = found
        fitting = _QUANTITIES[row.quantity]
        if row.unit in UNITS and UNITS[row.unit].base not in fitting:
            text = f"does not fit the quantity '{row.quantity}'"
            yield problem(found, "unit", text, row.unit, f"use a unit of {' or '.join(fitting)}")
        elif row.quantity == "half_life" and row.value <= 0.0:
            yield problem(found, "value", "a half-life is above 0", f"{row.value:g}")
        elif row.quantity == "floor" and not 0.0 <= row.value <= 1.0:
            yield problem(found, "value", "a floor lies between 0 and 1", f"{row.value:g}")
    if catalogue.complete("profiles"):
        for profile, quantities in given.items():
            for quantity in _QUANTITIES:
                if quantity not in quantities:
                    text = f"the profile '{profile}' has no {quantity}"
                    hint = f"add a row: {profile},{quantity}"
                    yield problem(next(iter(quantities.values())), "profile", text, hint=hint)
