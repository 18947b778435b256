"""Names that the service's settings give rise to."""

from babs_sim.parameters.catalogue import CONTACT, REFERRAL, START_UP
from babs_sim.parameters.model import Model, Values


def exposures_of(model: Model) -> tuple[str, ...]:
    """Return the names of the service's exposures, sorted (``service.therapy``, ...)."""
    ending = ".start_share"
    return tuple(sorted(n.removesuffix(ending) for n in model.parameters if n.endswith(ending)))


def roles_of(model: Model) -> tuple[str, ...]:
    """Return the names of the team's roles, sorted (``service.team.therapist``, ...)."""
    start, ending = "service.team.", ".wte"
    names = (n for n in model.parameters if n.startswith(start) and n.endswith(ending))
    return tuple(sorted(n.removesuffix(ending) for n in names))


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
