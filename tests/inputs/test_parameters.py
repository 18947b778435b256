"""Parameter folders: what is read, in layers, and what remains known about each number."""

import subprocess
import sys
from pathlib import Path

import pytest

from babs_sim.errors import Problems
from babs_sim.parameters import Model, read_parameters
from babs_sim.tables import files, shipped
from tests.inputs.small import TABLES, write_parameters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_parameters(tmp_path / "parameters")


@pytest.fixture
def model(folder: Path) -> Model:
    return read_parameters([folder])


def layer(folder: Path, name: str, text: str) -> Path:
    path = folder.parent / "local" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder.parent / "local"


def test_a_parameter_keeps_all_that_is_known(model: Model, folder: Path) -> None:
    found = model.parameters["rate.child.care_exit.scale"]
    assert (found.value, found.unit) == (2.5, "years")
    assert found.low == pytest.approx(20 / 12)
    assert found.high == 3.75
    assert (found.raw_value, found.raw_unit) == (30.0, "months")
    assert found.conversions == ("months x 0.0833333 = years",)
    assert (found.distribution, found.source, found.status) == (
        "lognormal", "judgement", "assumption",
    )  # fmt: skip
    assert (found.grade, found.line) == ("C", 7)
    assert found.file.endswith("rates/care.csv")
    assert found.in_base(6.0) == 0.5


def test_money_keeps_its_year_and_label(model: Model) -> None:
    assert model.parameters["cost.care"].price_year == "2023/24"
    assert model.parameters["cost.care"].label == "A week in care"
    assert model.parameters["cost.care"].unit == "£"


def test_an_odds_ratio_becomes_a_ratio_of_hazards(model: Model) -> None:
    found = model.parameters["effect.child.care_entry.mother.aces"]
    assert found.unit == "rate ratio"
    assert found.low is not None and found.high is not None
    assert 1.2 > found.low > 1.19
    assert found.low < found.value < 1.4
    assert "reference risk p0 = 0.01" in found.conversions[0]
    assert found.in_base(1.4) == found.value


def test_numbers_of_documents_have_the_names_of_their_keys(model: Model) -> None:
    assert model.values()["service.therapy.start_share"] == 0.8
    assert model.values()["model.family.entry"] == -0.5
    assert model.values()["model.shared.causal_share"] == 0.55
    assert model.parameters["model.shared.causal_share"].line == 5


def test_settings_and_their_defaults(model: Model) -> None:
    values = model.values()
    assert values.setting("service.open") is True
    assert values.setting("service.therapy.only_if") == "mother.aces >= 1"
    assert values.setting("service.home_visits.only_if") == ""
    assert values.setting("service.home_visits.antenatal_only") is False
    assert values.setting("service.unheard_of", "default") == "default"
    with pytest.raises(KeyError):
        values.setting("service.unheard_of")
    assert model.settings["service.effect_set"].choices == ("base", "cautious", "none")


def test_tables_are_sorted_by_key(model: Model) -> None:
    names = [row.name for row in model.table("events")]
    assert names == sorted(names)
    assert len(names) == 5
    with pytest.raises(KeyError):
        model.table("event")  # type: ignore[call-overload]


def test_every_number_row_is_a_parameter(model: Model) -> None:
    keys = {row.key for name in ("rates", "effects", "unit_costs", "utility_norms", "discounting",
                                 "price_index", "trait_levels", "selection", "profiles")
            for row in model.table(name)}  # fmt: skip
    assert keys <= set(model.parameters)
    assert set(model.values()) == set(model.parameters)
    assert len(model.values()) == len(model.parameters)


def test_a_later_folder_replaces_rows_one_by_one(folder: Path) -> None:
    text = TABLES["rates/death.csv"].splitlines()
    layer(folder, "rates/ours.csv", f"{text[0]}\n{text[4].replace('0.002', '0.003')}\n")
    layer(folder, "payers.csv", "name,label\ndfe,Department for Education\n")
    layer(folder, "service.toml", "[therapy.start_share]\nvalue = 70\nunit = 'percent'\n"
          "source = 'judgement'\ngrade = 'B'\n")  # fmt: skip
    model = read_parameters([folder, folder.parent / "local"])
    assert model.values()["rate.mother.death.0-120"] == 0.003
    found = model.parameters["rate.mother.death.0-120"]
    assert (found.file.endswith("local/rates/ours.csv"), found.line) == (True, 2)
    assert model.values()["rate.child.death.female.0-18"] == 0.0003
    assert [row.name for row in model.table("payers")] == ["dfe", "local_authority", "nhs"]
    assert model.values()["service.therapy.start_share"] == 0.7
    assert model.parameters["service.therapy.start_share"].line == 1
    assert model.values().setting("service.open") is True


def test_mistakes_of_a_later_folder_name_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    layer(folder, "payers.csv", "name,label\nnhs,\n")
    with pytest.raises(Problems) as caught:
        read_parameters([folder, folder.parent / "local"])
    (problem,) = caught.value.problems
    assert str(problem) == "local/payers.csv:2: label: is missing — give it a value"


def test_a_place_replaces_numbers_and_their_sources(folder: Path) -> None:
    model = read_parameters([folder], place="here")
    found = model.parameters["rate.child.care_entry.1-18"]
    assert (found.value, found.grade, found.line) == (0.004, "C", 4)
    assert found.file.endswith("places/here.toml")
    row = next(row for row in model.table("rates") if row.key == found.name)
    assert (row.value, row.unit, row.event) == (4.0, "per 1,000 per year", "child.care_entry")
    assert model.values()["service.therapy.start_share"] == 0.9
    assert model.values()["place.births"] == 1700
    assert model.values().setting("place.label") == "Here"
    assert model.place == "here"


def test_mistakes_of_all_places_are_found_whichever_is_asked_for(folder: Path) -> None:
    path = folder / "places" / "there.toml"
    number = '{ value = 30, source = "judgement", grade = "C" }'
    with path.open("a", encoding="utf-8") as stream:
        stream.write(f'[set]\n"trait.family.poor.1" = {number}\n')
    for place in (None, "here", "there"):
        with pytest.raises(Problems) as caught:
            read_parameters([folder], place=place)
        (problem,) = caught.value.problems
        assert problem.file.endswith("there.toml")
        assert (problem.line, problem.field) == (4, "set.trait.family.poor.1.value")
        assert "sum to 1.1" in problem.text


def test_an_unknown_place_is_told_where_it_is_asked_for(folder: Path) -> None:
    with pytest.raises(Problems) as caught:
        read_parameters([folder], place="xyz", place_at=("my.toml", 7))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.got) == ("my.toml", 7, "xyz")
    assert problem.hint == "use one of: here, there"


def test_overrides_are_in_the_unit_of_the_row(model: Model) -> None:
    values = model.values(
        {"rate.child.care_entry.1-18": 5, "service.open": False, "service.effect_set": "none",
         "effect.child.care_entry.mother.aces": 1.0}
    )  # fmt: skip
    assert values["rate.child.care_entry.1-18"] == 0.005
    assert values["effect.child.care_entry.mother.aces"] == pytest.approx(1.0)
    assert values.setting("service.open") is False
    assert values.setting("service.effect_set") == "none"
    assert model.values()["rate.child.care_entry.1-18"] == 0.0025
    with pytest.raises(TypeError):
        values.numbers["cost.care"] = 1.0  # type: ignore[index]


def test_all_mistakes_of_overrides_at_once(model: Model) -> None:
    with pytest.raises(Problems) as caught:
        model.values({"rate.child.care_exit.shap": 1, "cost.care": "dear", "service.open": 1,
                      "utility.child.in_care": -3, "service.capacity": "no"})  # fmt: skip
    told = {p.field: (p.text, p.hint) for p in caught.value.problems}
    assert told["rate.child.care_exit.shap"][1] == "did you mean 'rate.child.care_exit.shape'?"
    assert told["cost.care"] == ("is not a number", "it is in '£', 1200 in the tables")
    assert told["service.open"][0] == "is neither true nor false"
    assert told["utility.child.in_care"][0].startswith("lies outside 0 to 1.5")
    assert told["service.capacity"][0] == "is neither true nor false"


def test_a_draw_of_unknown_numbers_is_refused(model: Model) -> None:
    with pytest.raises(Problems, match="is not a parameter"):
        model.values(draw={"cost.caring": 1.0})


def test_the_fingerprint_changes_with_any_number_and_any_place(folder: Path) -> None:
    first = read_parameters([folder])
    assert first.fingerprint == read_parameters([folder]).fingerprint
    assert first.fingerprint != read_parameters([folder], place="there").fingerprint
    path = folder / "payers.csv"
    path.write_text(TABLES["payers.csv"].replace("NHS", "N H S"), encoding="utf-8")
    assert first.fingerprint != read_parameters([folder]).fingerprint


def test_the_fingerprint_does_not_depend_on_where_the_folder_is(tmp_path: Path) -> None:
    one, two = (read_parameters([write_parameters(tmp_path / name)]) for name in ("a", "b"))
    assert one.fingerprint == two.fingerprint


def test_no_folder_is_a_problem() -> None:
    with pytest.raises(Problems, match="no parameter folder is named"):
        read_parameters([])


def test_many_mistakes_are_all_told_sorted(folder: Path) -> None:
    for name, old, new in (
        ("states.csv", "child.in_care,", "child.in_car,"),
        ("unit_costs.csv", "4500", "lots"),
        ("economics.toml", "nice_20000", "nice"),
        ("rates/death.csv", "life_table", "life_tables"),
    ):
        text = TABLES[name]
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_parameters([folder])
    found = caught.value.problems
    assert list(found) == sorted(found)
    assert {Path(problem.file).name for problem in found} >= {
        "unit_costs.csv", "economics.toml", "death.csv", "events.csv",
    }  # fmt: skip


def test_a_row_that_cannot_be_read_hides_nothing_and_adds_nothing(folder: Path) -> None:
    for name, old, new in (
        ("events.csv", "child.care_exit,Goes", "child.care_exit,Goes home,Goes"),
        ("traits.csv", "mother.aces,Adverse experiences of the mother,mother",
         "mother.aces,Adverse experiences of the mother,father"),
        ("unit_costs.csv", ",0.8,", ",most,"),
    ):  # fmt: skip
        (folder / name).write_text(TABLES[name].replace(old, new), encoding="utf-8")
    with pytest.raises(Problems) as caught:
        read_parameters([folder])
    assert [(Path(p.file).name, p.line, p.field) for p in caught.value.problems] == [
        ("events.csv", 4, ""), ("traits.csv", 5, "person"), ("unit_costs.csv", 2, "cashable"),
    ]  # fmt: skip


def test_the_shipped_parameters_have_no_mistake() -> None:
    folder = shipped() / "parameters"
    places = [path.stem for path in files(folder / "places", ".toml")]
    models = [read_parameters([folder], place=place) for place in places]
    assert len({model.fingerprint for model in models}) == len(models) > 1


def test_reading_loads_no_heavy_library(folder: Path) -> None:
    code = (
        "import sys; from babs_sim.experiment import load; "
        "from babs_sim.parameters import read_parameters; "
        "print(sorted({'numba', 'pandas', 'scipy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stdout.strip() == "[]"
