"""Tables and documents: what is read, and on which line it stands."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babs_sim.errors import Problem, Problems, nearest, raise_if
from babs_sim.parameters.rows import TABLES, PayerRow, RateRow
from babs_sim.tables import files, read_csv, read_numbers, read_toml, shipped, shown
from babs_sim.tables.toml_lines import key_lines


def payers(tmp_path: Path, content: bytes) -> list[tuple[int, str, str]]:
    path = tmp_path / "payers.csv"
    path.write_bytes(content)
    table = read_csv(path, PayerRow)
    assert table.problems == ()
    return [(found.line, found.row.name, found.row.label) for found in table.rows]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_lines_count_whatever_ends_them(tmp_path: Path, end: bytes, mark: bytes) -> None:
    lines = [b"name,label", b'a,"Eins', b'zwei"', b"", b" , ", b"b,Drei", b'"c"," vier "']
    found = payers(tmp_path, mark + end.join(lines))
    texts = [(line, name) for line, name, _ in found]
    assert texts == [(2, "a"), (6, "b"), (7, "c")]
    assert found[0][2].split() == ["Eins", "zwei"]
    assert found[2][2] == "vier"


def test_a_blank_cell_means_the_default(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text(
        "event,sex,age_from,quantity,value,unit,distribution,source,grade\n"
        "child.death,,,,0.1,per year,,s,A\n", encoding="utf-8",
    )  # fmt: skip
    (found,) = read_csv(path, RateRow).rows
    assert (found.row.sex, found.row.age_from, found.row.quantity) == ("", None, "rate")
    assert found.row.distribution == "fixed"


def test_a_broken_row_is_kept_for_later_checks(tmp_path: Path) -> None:
    path = tmp_path / "payers.csv"
    path.write_text("name,label\na,\nb,B\n", encoding="utf-8")
    table = read_csv(path, PayerRow)
    assert table.broken == ({"name": "a"},)
    assert [found.row.name for found in table.rows] == ["b"]


def test_all_faults_of_a_row_at_once(tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("event,value,unit,source,grade\nx,?,per year,,D\n", encoding="utf-8")
    assert [p.field for p in sorted(read_csv(path, RateRow).problems)] == [
        "grade", "source", "value",
    ]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(["a", "b\nc", 'd"', ",", "£", ""]), min_size=2,
                         max_size=2), max_size=6))  # fmt: skip
def test_rows_come_back_with_their_lines(rows: list[list[str]]) -> None:
    import csv
    import io
    import tempfile

    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["name", "label"])
    expected = []
    for number, (name, label) in enumerate(rows):
        line = stream.getvalue().count("\n") + 1
        expected.append((line, f"{name}{number}".strip(), f"x{label}y"))
        writer.writerow([f"{name}{number}", f"x{label}y"])
    with tempfile.TemporaryDirectory() as folder:
        assert payers(Path(folder), stream.getvalue().encode()) == expected


def test_numbers_of_the_user(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,b\n1,2.5\n\n-3,4e2\n", encoding="utf-8")
    found = read_numbers(path)
    assert found.names == ("a", "b")
    assert found.rows == ((2, (1.0, 2.5)), (4, (-3.0, 400.0)))


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", None, "is empty"),
        ("a,b\n", None, "has no rows"),
        ("a,a\n1,2\n", 1, "this column stands twice"),
        ("a,\n1,2\n", 1, "a column has no name"),
        ("a,b\n1,2\n3\n", 3, "has 1 cells, but the table has 2 columns"),
        ("a,b\n1,two\n", 2, "is not a number"),
        ("a,b\n1,inf\n", 2, "is not a finite number"),
        ('a,b\n1,"2\n', 2, "is not valid CSV"),
    ],
)
def test_faults_in_numbers_of_the_user(
    tmp_path: Path, text: str, line: int | None, says: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    (problem,) = read_numbers(path).problems
    assert problem.line == line
    assert says in problem.text


DOCUMENT = '''\
# a comment = with [brackets]
title = "one # two"          # three

"quoted.key" = 1
dotted.key = 2
text = """
[not.a.table]
key = "value" \\"""
"""
literal = \'\'\'
x = 1\'\'\'
dates = [1979-05-27T07:32:00Z, 1979-05-27 07:32:00]
list = [
  1, # first
  [2, 3],
  { a = "]", b = [4] },
]
inline = { x = 1, "y.z" = { deep = true } }

[table]
a = 1
[table."sub.table"]
b = 1
  [ table . other ]
  c = 0x_FF

[[many]]
name = "first"
[many.set]
k = 1
[[many]]
name = "second"
[[many.inner]]
z = 1
[[many.inner]]
z = 2
'''.replace("0x_FF", "0xFF")


def test_lines_of_every_kind_of_key() -> None:
    tomllib.loads(DOCUMENT)
    text = DOCUMENT.split("\n")
    lines = key_lines(DOCUMENT)
    expected = {
        "title": "title", "quoted.key": '"quoted.key"', "dotted.key": "dotted.key",
        "text": "text =", "literal": "literal", "dates": "dates", "dates.1": "dates",
        "list": "list", "list.0": "  1,", "list.1": "  [2", "list.1.1": "  [2",
        "list.2.b.0": "  { a", "inline.x": "inline", "inline.y.z.deep": "inline",
        "table": "[table]", "table.a": "a = 1", "table.sub.table": '[table."sub', "table.other":
        "  [ table", "table.other.c": "  c", "many": "[[many]]", "many.0.name": 'name = "first"',
        "many.0.set": "[many.set]", "many.0.set.k": "k = 1", "many.1.name": 'name = "second"',
        "many.1.inner.0.z": "z = 1", "many.1.inner.1.z": "z = 2",
    }  # fmt: skip
    for key, start in expected.items():
        assert text[lines[key] - 1].startswith(start), key
    assert text[lines["many.1"] - 1 : lines["many.1"] + 1] == ["[[many]]", 'name = "second"']


VALUES = st.recursive(
    st.one_of(
        st.integers(-9, 9).map(str),
        st.booleans().map(lambda b: str(b).lower()),
        st.sampled_from(['"a"', "'#'", '"\\"]"', "'''a\n]b'''", '"""\n{"""', "1.5e3", "07:32:00"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[\n" + "".join(f"{x}, # c\n" for x in v) + "]"),
        st.lists(inner, max_size=3).map(
            lambda v: "{" + ", ".join(f"k{i} = {x}" for i, x in enumerate(v)) + "}"
        ),
    ),
    max_leaves=6,
)


@given(st.lists(st.tuples(st.sampled_from(["\n", "", "# k = 1\n"]), VALUES), max_size=6))
def test_lines_after_values_of_every_kind(parts: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for number, (before, value) in enumerate(parts):
        text += before + (f"[t{number}]\n" if number % 3 == 2 else "")
        table = f"t{number - number % 3 + 2 - 3}." if number > 2 and number % 3 != 2 else ""
        table = f"t{number}." if number % 3 == 2 else table
        expected[f"{table}key{number}"] = text.count("\n") + 1
        text += f"key{number} = {value}\n"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # an inline table over several lines
        return
    lines = key_lines(text)
    assert {key: lines[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("a = 1\nb = \n", 2), ("a = 1\na = 2\n", 2), ('a = """\n\n', 1), ("[t\n", 1), ("x\n\n", 1)],
)
def test_the_line_of_a_document_that_cannot_be_read(tmp_path: Path, text: str, line: int) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    (problem,) = read_toml(path).problems
    assert problem.line == line
    assert problem.text.startswith("is not valid TOML: ")


def test_a_key_that_is_not_there_has_the_line_of_its_table(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text("x = 1\n[t]\ny = 2\n", encoding="utf-8")
    document = read_toml(path)
    assert document.line(("t", "y", 0)) == 3
    assert document.line(("t", "z")) == 2
    assert document.line(("u",)) is None


def test_files_are_shown_as_they_are_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert shown(Path("a/b.csv")) == shown(tmp_path / "a" / "b.csv") == "a/b.csv"
    assert shown(Path("/elsewhere/b.csv")) == "/elsewhere/b.csv"


def test_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.csv", "a.csv", ".hidden.csv", "c.toml"):
        (tmp_path / name).touch()
    assert [path.name for path in files(tmp_path, ".csv")] == ["a.csv", "b.csv"]
    assert files(tmp_path / "none", ".csv") == ()


def test_the_shipped_folder_holds_parameters() -> None:
    assert (shipped() / "parameters" / "events.csv").is_file()


def test_problems_are_sorted_and_said_once() -> None:
    one, two = Problem("b", 1, "x", "wrong"), Problem("a", 10, "x", "wrong", "1", "mend it")
    three, whole = Problem("a", 9, "y", "wrong"), Problem("a", None, "", "is empty")
    with pytest.raises(Problems) as caught:
        raise_if([one, two, three, whole, one])
    assert caught.value.problems == (whole, three, two, one)
    assert str(caught.value).split("\n") == [
        "a: is empty", "a:9: y: wrong", "a:10: x: wrong (got '1') — mend it", "b:1: x: wrong",
    ]  # fmt: skip
    raise_if([])


def test_the_nearest_name() -> None:
    assert nearest("Child.Death", ["child.death", "mother.death"]) == "did you mean 'child.death'?"
    assert nearest("x", ["beta", "alpha", ""]) == "use one of: alpha, beta"
    assert nearest("x", [str(n) for n in range(100)]) == ""
    assert nearest("x", []) == ""


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_table_has_a_key(name: str) -> None:
    assert "key" in dir(TABLES[name])
    assert TABLES[name].__doc__
