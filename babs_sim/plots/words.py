"""Axis ticks and captions that several figures share."""

from collections.abc import Mapping
from typing import Any

from babs_sim.analysis.wording import MINUS, number


def pounds_tick(value: float, _: object = None) -> str:
    """Return an amount on an axis.

    >>> pounds_tick(-2500.0), pounds_tick(1_500_000.0), pounds_tick(0.0)
    ('−£2,500', '£1.5m', '£0')
    """
    size = abs(value)
    if size >= 1e6:
        text = f"{size / 1e6:g}m"
    elif size < 10 and size != round(size):
        text = f"{size:.2f}"
    else:
        text = f"{size:,.0f}"
    return f"{MINUS}£{text}" if value < 0 else f"£{text}"


def number_tick(value: float, _: object = None) -> str:
    """Return a number on an axis.

    >>> number_tick(-2500.0), number_tick(0.25)
    ('−2,500', '0.25')
    """
    return number(value)


def setting_of(manifest: Mapping[str, Any]) -> str:
    """Return population, horizon, discounting, perspective and price year of a run."""
    terms = manifest["terms"]
    place = f" in {str(manifest['place']).replace('_', ' ').title()}" if manifest["place"] else ""
    return (
        f"Families ({manifest['population']}){place}, to the child's age of "
        f"{manifest['horizon_years']}; {terms['perspective']['label'].lower()}, prices of "
        f"{terms['price_year']}, discounting {terms['discounting']}"
    )


def source_line(manifest: Mapping[str, Any], more: str = "") -> str:
    """Return the line that says which run a figure is of."""
    text = (
        f"{manifest['experiment']}, seed {manifest['seed']}, babs_sim "
        f"{manifest['versions']['babs-sim']}, tables {manifest['inputs']['model'][:8]}."
    )
    return f"{more} {text}".strip()
