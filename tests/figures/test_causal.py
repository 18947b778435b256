"""The causal argument on one page: every state has a box, every text can be read."""

import pytest

from babs_sim.analysis.domains import TRAITS, arrows_of, domains_of
from babs_sim.cli.reasoning import picture_of
from babs_sim.parameters import Model, read_parameters
from babs_sim.tables import shipped
from tests.figures.looks import assert_readable
from tests.folders import CHILD, event, state, write_folder

AGES = {"child.adult", "child.from_16", "child.at_school"}
"""States that only say how old the child is."""


@pytest.fixture(scope="module")
def model() -> Model:
    return read_parameters([shipped() / "parameters"])


def test_the_page_can_be_read(model: Model) -> None:
    picture = picture_of(model)
    assert picture is not None
    assert_readable(picture)


def test_every_state_stands_in_one_box(model: Model) -> None:
    members = [name for row in model.table("domains") for name in row.of.split()]
    assert len(members) == len(set(members))
    states = {row.name for row in model.table("states") if not row.role}
    assert states - set(members) == AGES


def test_every_payer_stands_on_the_page(model: Model) -> None:
    paying = {
        share.split()[0] for row in model.table("unit_costs") for share in row.payers.split(";")
    }
    labels = {row.label.split(":")[0] for row in model.table("payers") if row.name in paying}
    assert {label for domain in domains_of(model) for label in domain.payers} == labels


def test_boxes_and_arrows_of_a_small_model(tmp_path) -> None:  # type: ignore[no-untyped-def]
    tables = {
        "traits": [{"name": "family.poor", "label": "Poor", "person": "family", "kind": "levels"}],
        "trait_levels": [{"trait": "family.poor", "level": 1, "value": 1}],
        "states": [CHILD, state("child.ill"), state("child.was_ill"), state("child.idle")],
        "events": [
            event("child.falls_ill", requires="!child.ill", sets="child.ill child.was_ill"),
            event("child.recovers", requires="child.ill", clears="child.ill"),
            event("child.idles", sets="child.idle"),
            event("child.works", requires="child.idle", clears="child.idle"),
        ],
        "rates": [
            {"event": f"child.{name}", "age_from": 0, "age_to": 100, "value": 1}
            for name in ("falls_ill", "recovers", "idles", "works")
        ],
        "effects": [
            {"event": "child.falls_ill", "driver": "family.poor", "form": "level", "level": 1,
             "value": 2},
            {"event": "child.works", "driver": "child.ill", "form": "while", "value": 0.5},
            {"event": "child.idles", "driver": "child.was_ill", "form": "while", "value": 2},
        ],
        "domains": [
            {"name": "illness", "label": "Illness", "stage": "Child",
             "of": "child.ill child.was_ill"},
            {"name": "work", "label": "Work", "stage": "Adult", "of": "child.idle"},
        ],
    }  # fmt: skip
    small = read_parameters([write_folder(tmp_path, tables)])
    boxes = {domain.name: domain for domain in domains_of(small)}
    assert boxes[TRAITS].parts == ("Poor",)
    assert boxes["illness"].parts == ("child.ill",), "what only remembers another state is hidden"
    assert arrows_of(small) == {(TRAITS, "illness"): 1, ("illness", "work"): 2}
