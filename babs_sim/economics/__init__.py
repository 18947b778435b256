"""Money and health from quantities: unit prices, payers, discounting and Monte Carlo error."""

from babs_sim.economics.discounting import (
    discount_factor,
    discount_steps,
    discount_weights,
    project_function,
    year_limits,
)
from babs_sim.economics.montecarlo import block_covariance, block_error, jackknife, replicate_means
from babs_sim.economics.perspectives import Perspective, read_perspective
from babs_sim.economics.prices import (
    PricedItem,
    payer_shares,
    price_factor,
    qaly_values,
    unit_prices,
)
from babs_sim.economics.pricing import price

__all__ = [
    "Perspective",
    "PricedItem",
    "block_covariance",
    "block_error",
    "discount_factor",
    "discount_steps",
    "discount_weights",
    "jackknife",
    "payer_shares",
    "price",
    "price_factor",
    "project_function",
    "qaly_values",
    "read_perspective",
    "replicate_means",
    "unit_prices",
    "year_limits",
]
