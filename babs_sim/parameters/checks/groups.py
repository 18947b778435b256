"""Groups of numbers that are drawn together."""

from collections.abc import Iterator

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import Catalogue
from babs_sim.parameters.documents import NumberAt
from babs_sim.parameters.rows import NumberRow
from babs_sim.units import UNITS

_SHARE_SLACK = 0.0015


def group_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Yield groups without a correlation, and shares that are drawn together but miss 1."""
    known = {name.split(".")[2] for name in catalogue.contents.tables
             if name.startswith("model.groups.")}  # fmt: skip
    members: dict[str, list[NumberAt]] = {}
    for number in _numbers(catalogue):
        if number.row.distribution == "dirichlet" and not number.row.group:
            text = "is missing, but the shares of a dirichlet distribution are drawn together"
            yield _at(number, "group", text, hint="give all shares of one whole the same group")
        elif number.row.group:
            members.setdefault(number.row.group.removeprefix("-"), []).append(number)
    for group, numbers in members.items():
        shares = [n for n in numbers if n.row.distribution == "dirichlet"]
        for number in shares:
            if number.row.group.startswith("-"):
                text = "has a sign, but shares of one whole have none"
                yield _at(number, "group", text, number.row.group, "remove the '-'")
        for number in numbers if shares and len(shares) < len(numbers) else ():
            if number.row.distribution != "dirichlet":
                text = f"differs from that of others in the group '{group}'"
                hint = "a group is either all dirichlet or none of it"
                yield _at(number, "distribution", text, number.row.distribution, hint)
        if shares and len(shares) == len(numbers):
            yield from _shares(catalogue, group, shares)
        elif not shares and group not in known and "model" not in catalogue.unread:
            hint = nearest(group, known) or f"add [groups.{group}] and its correlation there"
            yield _at(numbers[0], "group", "is not a group of model.toml", group, hint)
    for name in sorted(known):
        shared = catalogue.contents.numbers.get(f"model.groups.{name}.correlation")
        if shared is not None and shared.row.value < 0.0:
            text = "is below 0, but the numbers of a group share one latent cause"
            yield _at(shared, "value", text, f"{shared.row.value:g}", "use 0 to 1")


def _numbers(catalogue: Catalogue) -> Iterator[NumberAt]:
    for rows in catalogue.rows.values():
        for key, found in rows.items():
            if isinstance(found.row, NumberRow):
                yield NumberAt(key, found.row, found.file, found.line)
    yield from catalogue.contents.numbers.values()


def _shares(catalogue: Catalogue, group: str, shares: list[NumberAt]) -> Iterator[Problem]:
    if any(catalogue.broken.values()) or any(n.row.unit not in UNITS for n in shares):
        return
    total = sum(n.row.value * UNITS[n.row.unit].factor for n in shares)
    if abs(total - 1.0) > _SHARE_SLACK:
        text = f"the shares of the group '{group}' sum to {total:.6g}, not to 1"
        hint = "give all shares of one whole the same group"
        yield _at(min(shares, key=lambda n: (n.file, n.line)), "value", text, hint=hint)


def _at(number: NumberAt, field: str, text: str, got: str = "", hint: str = "") -> Problem:
    toml = number.file.endswith(".toml")
    key = number.name.partition(".")[2] + "." if toml else ""
    return Problem(number.file, number.line, key + field, text, got, hint)
