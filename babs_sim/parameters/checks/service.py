"""The service: what its exposures ask for, and which comes after which."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue
from babs_sim.parameters.rows import ReferralRow
from babs_sim.parameters.service import CONDITION, OWN_START
from babs_sim.units import UNITS


def service_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield what is wrong with service.toml, given the traits."""
    exposures = catalogue.exposures()
    settings, numbers = catalogue.contents.settings, catalogue.contents.numbers
    after: dict[str, str] = {}
    for exposure in sorted(exposures):
        short = exposure.removeprefix("service.")
        file, line = catalogue.contents.tables[exposure]
        condition = settings.get(f"{exposure}.only_if")
        if condition is not None and condition.value:
            yield from _condition(catalogue, f"{short}.only_if", condition.file, condition.line,
                                  str(condition.value))  # fmt: skip
        before = settings.get(f"{exposure}.after")
        if before is not None and before.value:
            name = str(before.value)
            if f"service.{name}" in exposures:
                after[short] = name
            else:
                known = [other.removeprefix("service.") for other in exposures - {exposure}]
                text, hint = "is not an exposure of the service", nearest(name, known)
                yield Problem(before.file, before.line, f"{short}.after", text, name, hint)
        follows = before is not None and bool(before.value)
        for key in OWN_START:
            name = f"{exposure}.{key}"
            given = name in numbers or name in catalogue.contents.broken
            if not given and not follows and "service" not in catalogue.unread:
                text = "is missing"
                hint = "give it, or name in 'after' the exposure that this one starts with"
                yield Problem(file, line, f"{short}.{key}", text, hint=hint)
            if given and follows and name in numbers:
                at = numbers[name]
                text = f"does not belong to an exposure that comes after '{after.get(short, '')}'"
                yield Problem(at.file, at.line, f"{short}.{key}", text, hint="remove it")
        start = numbers.get(f"{exposure}.antenatal_start")
        if start is not None and start.row.value >= 0.0:
            text = "is not before the birth, where the child's age is negative"
            yield Problem(start.file, start.line, f"{short}.antenatal_start.value", text,
                          f"{start.row.value:g}", "write -0.3 for 0.3 years before")  # fmt: skip
        later = numbers.get(f"{exposure}.postnatal_start")
        if later is not None and later.row.value < 0.0:
            text = "is before the birth"
            yield Problem(later.file, later.line, f"{short}.postnatal_start.value", text,
                          f"{later.row.value:g}", "write the child's age")  # fmt: skip
    yield from _cycles(catalogue, after)
    yield from _roots(catalogue, exposures - {f"service.{name}" for name in after})
    yield from _names(catalogue)
    yield from _referrals(catalogue)
    open_ = settings.get("service.open")
    if open_ is not None and open_.value is True and not exposures:
        text = "is true, but the service has no exposures"
        hint = "add a table such as [therapy]"
        if "service" not in catalogue.unread:
            yield Problem(open_.file, open_.line, "open", text, "true", hint)


def _roots(catalogue: Catalogue, roots: set[str]) -> Iterator[Problem]:
    """Yield what a team cannot do: only one exposure takes its places, and none of its own."""
    if not catalogue.roles() or "service" in catalogue.unread:
        return
    numbers = catalogue.contents.numbers
    for extra in sorted(roots)[1:]:
        file, line = catalogue.contents.tables[extra]
        short = extra.removeprefix("service.")
        text = "starts by itself, but families take places of the team for one exposure only"
        yield Problem(file, line, short, text, hint="name in 'after' the one that it follows")
    for root in sorted(roots)[:1]:
        if f"{root}.slots" in numbers:
            at = numbers[f"{root}.slots"]
            text = "does not belong to the exposure that takes the team's places"
            hint = "give the places to the roles of the team"
            yield Problem(
                at.file, at.line, f"{root.removeprefix('service.')}.slots", text, hint=hint
            )


def _names(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield the names in ``waiting.priority`` and ``pathway.replaces`` that mean nothing."""
    settings = catalogue.contents.settings
    short = {name.removeprefix("service.") for name in catalogue.exposures()}
    lists = {
        "waiting.priority": (short | {"age"} | catalogue.names("traits"), "traits",
                             "is neither an exposure, nor 'age', nor a trait"),
        "pathway.replaces": (catalogue.names("unit_costs"), "unit_costs", "is not a unit cost"),
    }  # fmt: skip
    for key, (known, table, text) in lists.items():
        setting = settings.get(f"service.{key}")
        if setting is None or table in catalogue.unread or not isinstance(setting.value, tuple):
            continue
        for name in setting.value:
            if name not in known:
                yield Problem(setting.file, setting.line, key, text, name, nearest(name, known))


def _referrals(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield recorded referrals that lie outside their period."""
    years = catalogue.contents.numbers.get("service.pathway.years")
    if years is None:
        return
    for found in catalogue.located(ReferralRow):
        if found.row.time >= UNITS[years.row.unit].factor * years.row.value:
            text = f"lies outside the {years.row.value:g} {years.row.unit} of pathway.years"
            hint = "times count from the start of the period: make it as long as the record"
            yield Problem(found.file, found.line, "time", text, f"{found.row.time:g}", hint)


def _condition(
    catalogue: Catalogue, field: str, file: str, line: int | None, text: str
) -> Iterator[Problem]:
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        hint = "write a trait and its least value: mother.aces >= 4"
        yield Problem(file, line, field, "is not a condition", text, hint)
    elif "traits" not in catalogue.unread and found[1] not in catalogue.names("traits"):
        hint = nearest(found[1], catalogue.names("traits"))
        yield Problem(file, line, field, "is not a trait", found[1], hint)


def _cycles(catalogue: Catalogue, after: dict[str, str]) -> Iterator[Problem]:
    """Yield each circle of exposures that wait for one another, once."""
    reported: set[str] = set()
    for first in sorted(after):
        chain, name = [first], after[first]
        while name in after and name not in chain:
            chain.append(name)
            name = after[name]
        if name == first and first not in reported:
            reported |= set(chain)
            setting = catalogue.contents.settings[f"service.{first}.after"]
            text = "goes round in a circle: " + " -> ".join([*chain, first])
            hint = "let one of them start by itself"
            yield Problem(setting.file, setting.line, f"{first}.after", text, hint=hint)
