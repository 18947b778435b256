"""The service: what each family gets from it."""

from babs_sim.pathway.exposure import run_service

__all__ = ["run_service"]
