"""The service: what each family gets from it, and what happens at it."""

from babs_sim.pathway.exposure import run_service
from babs_sim.pathway.opening import Calendar, Service, calendar_of, open_service

__all__ = ["Calendar", "Service", "calendar_of", "open_service", "run_service"]
