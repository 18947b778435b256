"""Names that the service's settings give rise to."""

from babs_sim.parameters import Model


def exposures_of(model: Model) -> tuple[str, ...]:
    """Return the names of the service's exposures, sorted (``service.therapy``, ...)."""
    ending = ".start_share"
    return tuple(sorted(n.removesuffix(ending) for n in model.parameters if n.endswith(ending)))
