"""Names that the service's settings give rise to, and what a change of them can break."""

import re
from collections.abc import Iterator, Mapping

from babs_sim.errors import Problem, nearest
from babs_sim.parameters.catalogue import CONTACT, REFERRAL, START_UP
from babs_sim.parameters.model import Model, SettingValue, Values

CONDITION = re.compile(r"(\S+)\s*>=\s*(-?\d+(?:\.\d+)?)")
"""What ``only_if`` may say: a trait and its least value."""
OWN_START = ("antenatal_share", "antenatal_start", "postnatal_start")
"""Numbers that an exposure needs which does not come after another."""


def exposures_of(model: Model) -> tuple[str, ...]:
    """Return the names of the service's exposures, sorted (``service.therapy``, ...)."""
    return model.stems("", ".start_share")


def roles_of(model: Model) -> tuple[str, ...]:
    """Return the names of the team's roles, sorted (``service.team.therapist``, ...)."""
    return model.stems("service.team.", ".wte")


def activities_of(model: Model) -> tuple[str, ...]:
    """Return what a ledger counts of the service: exposures, roles, and what each service has."""
    return (*exposures_of(model), *roles_of(model), REFERRAL, CONTACT, START_UP)


def is_limited(values: Values) -> bool:
    """Return whether families wait for a team of limited capacity."""
    return bool(values.setting("service.open", False) and values.setting("service.capacity", False))


def missing_for_referrals(model: Model) -> list[str]:
    """Return the keys that say how many referrals come a year, and are not there."""
    names = ["service.pathway.warm_up", "service.pathway.years"]
    if not model.rows.get("referrals") and "service.referral.yearly" not in model.parameters:
        names += [f"service.referral.{share}" for share in REFERRED]
        names += ["place.births"]
    return [name for name in names if name not in model.parameters]


def missing_for_capacity(model: Model) -> list[str]:
    """Return the keys that a team of limited capacity needs and service.toml lacks."""
    names = missing_for_referrals(model)
    if "service.pathway.team_size" not in model.parameters:
        names.append("service.pathway.team_size")
    for exposure in exposures_of(model):
        follows = model.values().setting(f"{exposure}.after", "")
        if not follows or f"{exposure}.slots" in model.parameters:
            names += [f"{exposure}.length", f"{exposure}.length_cv"]
    missing = [name for name in names if name not in model.parameters]
    if not roles_of(model):
        missing.append("service.team")
    return missing


REPLACES = "service.pathway.replaces"
"""The unit costs that are not paid where the staff of a limited team are."""

REFERRED = ("eligible_share", "screened_share", "sensitivity")
"""Shares of births that come one after the other to a referral."""


def broken_exposures(model: Model, changed: Mapping[str, SettingValue]) -> Iterator[Problem]:
    """Yield what changed settings ``after`` and ``only_if`` of exposures make impossible.

    Problems have the changed name as their field, and neither file nor line.
    """
    names = exposures_of(model)
    short = [name.removeprefix("service.") for name in names]
    settings = {**model.values().settings, **changed}
    after = {name: str(settings.get(f"service.{name}.after", "")) for name in short}
    roots = sorted(name for name in short if not after[name])
    for name in short:
        field, before = f"service.{name}.after", after[name]
        if field in changed:
            missing = [key for key in OWN_START if f"service.{name}.{key}" not in model.parameters]
            others = [other for other in roots if other != name]
            if before and before not in short:
                hint = nearest(before, [other for other in short if other != name])
                yield Problem("", None, field, "is not an exposure of the service", before, hint)
            elif before and name in _before(after, name):
                hint = "let one of them start by itself"
                yield Problem("", None, field, "goes round in a circle", before, hint)
            elif not before and missing:
                text = "makes it start by itself, but service.toml gives it no " + ", ".join(
                    missing
                )
                hint = f"give them under [{name}], or name the exposure that it follows"
                yield Problem("", None, field, text, '""', hint)
            elif not before and others and roles_of(model):
                text = "makes it start by itself, but families take places of the team for one only"
                yield Problem("", None, field, text, '""', f"write {others[0]!r}, which has them")
        field = f"service.{name}.only_if"
        if changed.get(field):
            yield from _unfit(model, field, str(changed[field]))


def _before(after: Mapping[str, str], name: str) -> list[str]:
    """Return the exposures that ``name`` waits for, itself among them in a circle."""
    chain: list[str] = []
    while after.get(name, "") and after[name] not in chain:
        name = after[name]
        chain.append(name)
    return chain


def _unfit(model: Model, field: str, text: str) -> Iterator[Problem]:
    traits = [row.name for row in model.table("traits")]
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        hint = "write a trait and its least value: mother.aces >= 4"
        yield Problem("", None, field, "is not a condition", text, hint)
    elif found[1] not in traits:
        yield Problem("", None, field, "is not a trait", found[1], nearest(found[1], traits))
