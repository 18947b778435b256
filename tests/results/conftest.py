"""Fixtures: the small world of `small.py`, as rows and as a model."""

from typing import Any

import pytest

from babs_sim.parameters import Model
from tests.results.small import model_of, world


@pytest.fixture
def tables() -> dict[str, list[dict[str, Any]]]:
    return world()


@pytest.fixture
def model() -> Model:
    return model_of(world())
