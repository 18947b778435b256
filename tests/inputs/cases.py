"""Inputs with one mistake each: how to make it, and what the user must be told.

A case changes a copy of the small model and its experiment (`small.write_small`).  The one problem
that follows begins with ``at`` (file, line and field) and contains ``says`` and ``repair``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

Change = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """A mistake; ``problems`` counts what is reported, 1 unless more goes wrong at once."""

    name: str
    change: Change
    at: str
    says: str
    repair: str = ""
    problems: int = 1


def edit(file: str, old: str, new: str) -> Change:
    """Replace the only ``old`` in a file."""

    def change(root: Path) -> None:
        path = root / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def table(name: str, old: str, new: str) -> Change:
    """Replace the only ``old`` in a file of the parameter folder."""
    return edit(f"parameters/{name}", old, new)


def experiment(old: str, new: str) -> Change:
    """Replace the only ``old`` in the experiment."""
    return edit("experiments/small.toml", old, new)


def put(file: str, content: bytes) -> Change:
    """Write a file."""

    def change(root: Path) -> None:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_bytes(content)

    return change


def drop(file: str) -> Change:
    """Remove a file."""
    return lambda root: (root / file).unlink()


def folder(file: str) -> Change:
    """Put a folder where the file was."""

    def change(root: Path) -> None:
        (root / file).unlink()
        (root / file).mkdir()

    return change


def recode(file: str, encoding: str) -> Change:
    """Write a file in another encoding."""

    def change(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        (root / file).write_bytes(text.encode(encoding))

    return change


def both(*changes: Change) -> Change:
    """Make several changes."""

    def change(root: Path) -> None:
        for one in changes:
            one(root)

    return change


CARE = "parameters/rates/care.csv"
SMALL = "experiments/small.toml"

# fmt: off
FILES = [
    Case("wrong encoding", recode("parameters/unit_costs.csv", "latin-1"),
         "parameters/unit_costs.csv:2: ", "is not UTF-8", "save it as UTF-8"),
    Case("UTF-16", recode("parameters/payers.csv", "utf-16"),
         "parameters/payers.csv:1: ", "is not a text file", "plain text in UTF-8"),
    Case("binary", put("parameters/states.csv", b"name,label\nPK\x03\x04\x00\x00"),
         "parameters/states.csv:2: ", "is not a text file", "CSV UTF-8"),
    Case("folder for a table", folder("parameters/events.csv"),
         "parameters/events.csv: ", "is a folder, but a file belongs here"),
    Case("folder for a document", folder("parameters/service.toml"),
         "parameters/service.toml: ", "is a folder, but a file belongs here"),
    Case("file for the rates", both(drop(CARE), drop("parameters/rates/death.csv"),
         lambda root: (root / "parameters/rates").rmdir(), put("parameters/rates", b"a\n")),
         "parameters/rates: ", "is a file, but a folder belongs here"),
    Case("table missing", drop("parameters/payers.csv"),
         "parameters/payers.csv: ", "this table is missing", "the columns are: note,name,label"),
    Case("document missing", drop("parameters/model.toml"),
         "parameters/model.toml: ", "this document is missing"),
    Case("empty table", put("parameters/measures.csv", b""),
         "parameters/measures.csv: ", "is empty", "the first line names the columns: "),
    Case("blank table", put("parameters/measures.csv", b"\n \n\n"),
         "parameters/measures.csv: ", "is empty", "the first line names the columns: "),
    Case("header alone", put("parameters/payers.csv", b"name,label\n"),
         "parameters/payers.csv: ", "has no rows", "add at least one row"),
    Case("empty document", put("parameters/economics.toml", b"# nothing\n"),
         "parameters/economics.toml: ", "is empty"),
    Case("stray table", put("parameters/effect.csv", b"a\n"),
         "parameters/effect.csv: ", "is not a table or document", "did you mean 'effects.csv'?"),
    Case("stray document", put("parameters/services.toml", b"a = 1\n"),
         "parameters/services.toml: ", "is not a table or document",
         "did you mean 'service.toml'?"),
]

HEADERS = [
    Case("column missing", table("payers.csv", "name,label", "name"),
         "parameters/payers.csv:1: label: ", "this column is missing", "add it to the first line"),
    Case("header missing", table("payers.csv", "name,label\n", ""),
         "parameters/payers.csv:1: ", "is not a column", problems=4),
    Case("unknown column", table("traits.csv", "kind,role", "kind,rôle"),
         "parameters/traits.csv:1: rôle: ", "is not a column", "did you mean 'role'?"),
    Case("duplicate column", table("payers.csv", "name,label\n", "name,label,label\n"),
         "parameters/payers.csv:1: label: ", "this column stands twice"),
    Case("nameless column", table("payers.csv", "name,label\n", "name,label,\n"),
         "parameters/payers.csv:1: ", "a column has no name"),
    Case("too many cells", table("states.csv", "Child in care,child", "Child, in care,child"),
         "parameters/states.csv:3: ", "has 7 cells, but the table has 6 columns", "double quotes"),
    Case("too few cells", table("rates/care.csv", "rate,2.5,", "rate 2.5,"),
         f"{CARE}:5: ", "has 12 cells, but the table has 13 columns", "double quotes"),
    Case("open quote", table("measures.csv", "Children ever", '"Children ever'),
         "parameters/measures.csv:3: ", "is not valid CSV", "double quote that is not closed"),
    Case("duplicate row", table("payers.csv", "nhs,NHS", "nhs,NHS\nnhs,National"),
         "parameters/payers.csv:4: ", "the row 'nhs' stands already on line 3", "remove one"),
    Case("duplicate row in another file",
         table("rates/death.csv", "mother.death,",
               "child.care_exit,,,,shape,1,ratio,life_table,A\nmother.death,"),
         "parameters/rates/death.csv:5: ",
         "the row 'rate.child.care_exit.shape' stands already in parameters/rates/care.csv:6",
         "remove one of the two"),
]

CELLS = [
    Case("text for a number", table("rates/care.csv", "shape,1.2,", "shape,about 1,"),
         f"{CARE}:6: value: ", "is not a number (got 'about 1')", "write a plain number"),
    Case("thousands comma", table("unit_costs.csv", ",4500,", ',"4,500",'),
         "parameters/unit_costs.csv:3: value: ", "is not a number (got '4,500')",
         "no comma, £ or %"),
    Case("percent sign", table("trait_levels.csv", ",20,percent", ",20%,percent"),
         "parameters/trait_levels.csv:5: value: ", "(got '20%')", "no comma, £ or %"),
    Case("not a number", table("rates/care.csv", "shape,1.2,", "shape,NaN,"),
         f"{CARE}:6: value: ", "is not a finite number (got 'NaN')", "NaN and infinity"),
    Case("infinity", table("rates/death.csv", "18,,rate,0.01", "18,inf,rate,0.01"),
         "parameters/rates/death.csv:4: age_to: ", "is not a finite number (got 'inf')"),
    Case("blank value", table("rates/care.csv", "shape,1.2,", "shape,,"),
         f"{CARE}:6: value: ", "is missing", "give it a value"),
    Case("blank source", table("utilities.csv", "0.97,judgement", "0.97,"),
         "parameters/utilities.csv:2: source: ", "is missing", "give it a value"),
    Case("unknown word", table("events.csv", "child.in_care,at,", "child.in_care,age at,"),
         "parameters/events.csv:2: clock: ", "is not one of the allowed words (got 'age at')"),
    Case("misspelt word", table("utilities.csv", ",beta,", ",betta,"),
         "parameters/utilities.csv:2: distribution: ", "(got 'betta')", "did you mean 'beta'?"),
    Case("misspelt truth", table("perspectives.csv", "NHS,nhs,true", "NHS,nhs,maybe"),
         "parameters/perspectives.csv:2: transfers: ", "is neither true nor false (got 'maybe')",
         "write true or false"),
    Case("fraction of a year", table("discounting.csv", "health,0,", "health,0.5,"),
         "parameters/discounting.csv:3: from_year: ", "is not a whole number (got '0.5')"),
    Case("negative year", table("discounting.csv", "health,0,", "health,-1,"),
         "parameters/discounting.csv:3: from_year: ", "must not be below 0 (got '-1')"),
    Case("cashable share above 1", table("unit_costs.csv", "fiscal,0.8", "fiscal,80"),
         "parameters/unit_costs.csv:2: cashable: ", "must not be above 1 (got '80')"),
    Case("after a cell of two lines", table("rates/care.csv", "months,lognormal",
         "month,lognormal"),
         f"{CARE}:7: unit: ", "is not a known unit (got 'month')", "did you mean 'months'?"),
    Case("in a row of two lines", table("rates/care.csv", "90,", "ninety,"),
         f"{CARE}:3: value: ", "is not a number (got 'ninety')"),
]

NUMBERS = [
    Case("percentage above 100", table("trait_levels.csv", ",80,percent", ",180,percent"),
         "parameters/trait_levels.csv:4: value: ", "lies outside 0 to 100", "check the number",
         problems=2),
    Case("percentage as a probability", table("rates/care.csv", '90,"per 10,000"',
         "90,probability"),
         f"{CARE}:3: value: ", "lies outside 0 to 1, the plausible range of 'probability'",
         problems=3),
    Case("negative rate", table("rates/death.csv", "0.002,", "-0.002,"),
         "parameters/rates/death.csv:5: value: ", "a rate is not below 0 (got '-0.002')"),
    Case("negative cost", table("unit_costs.csv", "1200,£,gamma,900,1600", "-1200,£,fixed,,"),
         "parameters/unit_costs.csv:2: value: ", "lies outside 0 to 1e+07, the plausible range"),
    Case("negative ratio", table("effects.csv", "1.1,rate ratio", "-1.1,rate ratio"),
         "parameters/effects.csv:5: value: ", "is not above 0"),
    Case("value outside its interval", table("utilities.csv", ",0.8,0.97", ",0.92,0.97"),
         "parameters/utilities.csv:2: value: ", "lies outside its interval, 0.92 to 0.97",
         "correct the value or the interval"),
    Case("limits swapped", table("utilities.csv", ",0.8,0.97", ",0.97,0.8"),
         "parameters/utilities.csv:2: low: ", "lies above high, 0.8 (got '0.97')", "swap the two"),
    Case("one limit alone", table("utilities.csv", ",0.8,0.97", ",0.8,"),
         "parameters/utilities.csv:2: high: ", "is missing, but the other limit", "both or none"),
    Case("no interval", table("utilities.csv", ",0.8,0.97", ",,"),
         "parameters/utilities.csv:2: low: ", "the distribution 'beta' needs low and high",
         "give the 95 % interval"),
    Case("no width", table("utilities.csv", ",0.8,0.97", ",0.9,0.9"),
         "parameters/utilities.csv:2: high: ", "nothing varies", "make the number fixed"),
    Case("gamma from below 0", table("rates/care.csv", "gamma,1.5,4", "gamma,-0.5,4"),
         f"{CARE}:5: low: ", "all numbers of a gamma distribution are", "another distribution"),
    Case("gamma too wide", table("rates/care.csv", "gamma,1.5,4", "gamma,0.1,20"),
         f"{CARE}:5: high: ", "fits no gamma distribution of this mean", "correct the interval"),
    Case("beta above 1", table("rates/care.csv", "shape,1.2,ratio,lognormal",
         "shape,1.2,ratio,beta"),
         f"{CARE}:6: distribution: ", "a beta distribution lies between 0 and 1", "use gamma"),
    Case("uniform with another mean", table("profiles.csv", "24,months", "20,months"),
         "parameters/profiles.csv:2: value: ", "cannot be the mean of a uniform distribution",
         "choose another one"),
    Case("odds ratio without a risk", table("effects.csv", "2,,,0.01,", "2,,,,"),
         "parameters/effects.csv:3: reference_risk: ", "is missing", "the risk of the outcome"),
    Case("risk as a percentage", table("effects.csv", "2,,,0.01,", "2,,,5,"),
         "parameters/effects.csv:3: reference_risk: ", "is not between 0 and 1", "0.05"),
    Case("unit of another kind", table("rates/care.csv", "2.5,\"per 1,000 per year\"",
         "2.5,percent"),
         f"{CARE}:5: unit: ", "does not fit the quantity 'rate'", "use a unit of per year"),
    Case("unit of a cost", table("unit_costs.csv", "4500,£", "4500,pounds"),
         "parameters/unit_costs.csv:3: unit: ", "is not a known unit (got 'pounds')", "use one of"),
]

NAMES = [
    Case("source missing", table("utilities.csv", "0.97,judgement", "0.97,judgment"),
         "parameters/utilities.csv:2: source: ", "is not a source of sources.csv (got 'judgment')",
         "did you mean 'judgement'?"),
    Case("source in no use", table("sources.csv", "judgement,", "spare,Spare,,seen\njudgement,"),
         "parameters/sources.csv:3: name: ", "is cited nowhere (got 'spare')", "remove it"),
    Case("name of two things", table("states.csv", "child.in_care,Child", "child.sex,Sex,child,,,\n"
         "child.in_care,Child"),
         "parameters/states.csv:3: name: ", "is also the name of a trait (parameters/traits.csv:2)",
         "another name", problems=2),
    Case("name with a space", table("payers.csv", "nhs,NHS", "n hs,NHS"),
         "parameters/payers.csv:3: name: ", "is not a name (got 'n hs')",
         "use letters", problems=5),
    Case("shares miss 1", table("trait_levels.csv", ",80,percent", ",70,percent"),
         "parameters/trait_levels.csv:4: value: ", "the shares of 'family.poor' sum to 0.9",
         "correct the shares"),
    Case("trait without levels", table("traits.csv", "mother.aces,Adverse", "mother.new,New,mother,"
         "levels,\nmother.aces,Adverse"),
         "parameters/traits.csv:5: name: ", "has no levels (got 'mother.new')", "trait_levels.csv"),
    Case("trait without a spread", table("trait_levels.csv",
         "mother.age,sd,5.5,years,fixed,,,,judgement,B\n", ""),
         "parameters/traits.csv:6: name: ", "has no sd (got 'mother.age')", "mother.age,sd"),
    Case("level of a normal trait", table("trait_levels.csv", "mother.age,least", "mother.age,low"),
         "parameters/trait_levels.csv:11: level: ", "does not belong to 'mother.age'",
         "use one of"),
    Case("level that is no number", table("trait_levels.csv", "child.sex,0,", "child.sex,girl,"),
         "parameters/trait_levels.csv:2: level: ", "is not a number, as a level"),
    Case("level of an unknown trait", table("trait_levels.csv", "mother.age,least",
         "mother.ages,sd"),
         "parameters/trait_levels.csv:11: trait: ", "is not a trait", "did you mean 'mother.age'?"),
    Case("correlation of an unknown trait", table("correlations.csv", "mother.age,mother.aces",
         "mother.height,mother.aces"),
         "parameters/correlations.csv:3: a: ", "is not a trait (got 'mother.height')",
         "did you mean"),
    Case("correlation above 1", table("correlations.csv", "0.3,", "1.3,"),
         "parameters/correlations.csv:2: value: ", "lies outside -1 to 1"),
    Case("correlations that contradict", both(table("correlations.csv", "0.3,", "0.6,"),
         table("correlations.csv", "-0.2,", "-0.6,"), table("correlations.csv", "-0.25,", "0.6,")),
         "parameters/correlations.csv:4: value: ", "is not positive definite", "nearer to 0"),
    Case("selection by an unknown trait", table("selection.csv", "referred,mother.aces,2",
         "referred,mother.ace,2"),
         "parameters/selection.csv:3: trait: ", "is not a trait", "did you mean 'mother.aces'?"),
    Case("selection of a share in counts", table("selection.csv", "40,percent", "40,count"),
         "parameters/selection.csv:3: unit: ", "does not fit the share",
         "use probability or percent"),
    Case("two sexes of the child", table("traits.csv", "family,levels,", "child,levels,sex"),
         "parameters/traits.csv:3: role: ", "is the role of 'child.sex' too", "one trait alone"),
    Case("norms of one sex", table("utility_norms.csv", "male,0,0.95,utility,judgement,B\n"
         "male,120,0.65,utility,judgement,B\n", ""),
         "parameters/utility_norms.csv:2: sex: ", "no norm for the male sex", "add rows"),
    Case("utility of an unknown state", table("utilities.csv", "child.in_care", "child.incare"),
         "parameters/utilities.csv:2: state: ", "is not a state", "did you mean 'child.in_care'?"),
]

EVENTS = [
    Case("unknown state required", table("events.csv", "!child.in_care", "!child.incare"),
         "parameters/events.csv:3: requires: ", "is not a state (got 'child.incare')",
         "did you mean 'child.in_care'?"),
    Case("states separated by commas", table("events.csv", "!child.in_care",
         '"!child.in_care, child.alive"'),
         "parameters/events.csv:3: requires: ", "is not a state", "separate states by spaces"),
    Case("state set off", table("events.csv", "!child.in_care,child.in_care",
         "!child.in_care,!child.in_care child.in_care"),
         "parameters/events.csv:3: sets: ", "takes states alone",
         "the column 'clears'", problems=2),
    Case("state on and off", table("events.csv", "!child.in_care", "!child.in_care child.in_care"),
         "parameters/events.csv:3: requires: ", "asks for a state both on and off"),
    Case("state set and cleared", table("events.csv", "!child.in_care,child.in_care,",
         "!child.in_care,child.in_care,child.in_care"),
         "parameters/events.csv:3: clears: ", "is set by the same event", "remove one of the two"),
    Case("resurrection", table("events.csv", "!child.in_care,child.in_care,",
         "!child.in_care,child.in_care child.alive,"),
         "parameters/events.csv:3: sets: ", "brings a person back to life"),
    Case("state that nothing sets", table("states.csv", "mother.alive", "child.lost,Lost,child,,,\n"
         "mother.alive"),
         "parameters/states.csv:4: name: ", "is never on: no event sets it", "add it to 'sets'"),
    Case("state out of reach", both(table("states.csv", "mother.alive", "child.lost,Lost,child,,,\n"
         "mother.alive"), table("events.csv", "child.in_care,,child.in_care,since",
         "child.in_care child.lost,child.lost,child.in_care,since")),
         "parameters/states.csv:4: name: ", "what sets it (child.care_exit) can never happen",
         "let something turn on"),
    Case("state of an unknown trait", table("states.csv", "Child in care,child,,,",
         "Child in care,child,,mother.care,"),
         "parameters/states.csv:3: starts_if: ", "is not a trait (got 'mother.care')", "mother."),
    Case("adverse state of the mother", table("states.csv", "mother,alive,,", "mother,alive,,true"),
         "parameters/states.csv:4: ace: ", "child's own adverse experiences",
         "only states of the child"),
    Case("death of the immortal", table("states.csv", "mother.alive,Mother alive,mother,alive,,\n",
         ""),
         "parameters/events.csv:6: ends: ", "no state says that the mother lives", "role 'alive'"),
    Case("rate of an unknown event", table("rates/death.csv", "mother.death,,0",
         "mother.deaths,,0"),
         "parameters/rates/death.csv:5: event: ", "is not an event (got 'mother.deaths')",
         "did you mean 'mother.death'?", problems=2),
    Case("event without rates", table("rates/death.csv",
         "mother.death,,0,120,rate,0.002,per year,life_table,A\n", ""),
         "parameters/events.csv:6: name: ", "has no rates", "add rows for 'mother.death'"),
    Case("law missing", table("events.csv", "since,weibull", "since,"),
         "parameters/events.csv:4: law: ", "is missing, but the clock 'since' needs it", "weibull"),
    Case("law of another clock", table("events.csv", "age,,at risk", "age,weibull,at risk"),
         "parameters/events.csv:3: law: ", "does not belong to the clock 'age'", "leave it blank"),
    Case("average of a duration", table("events.csv", "since,weibull,,", "since,weibull,at risk,"),
         "parameters/events.csv:4: average_of: ", "only rates by age are averages",
         "leave it blank"),
    Case("law without its numbers", table("rates/care.csv",
         "child.care_exit,,,,scale,30,months,lognormal,20,45,judgement,C,\n", ""),
         "parameters/events.csv:4: name: ", "has no scale, but the law 'weibull' needs it",
         "rates/"),
    Case("number of another law", table("rates/care.csv", "scale,30,months,lognormal,20,45",
         "median,30,months,lognormal,20,45"),
         f"{CARE}:7: quantity: ", "does not belong to the law 'weibull'",
         "use one of: shape, scale"),
    Case("bands that overlap", table("rates/care.csv", "child.care_entry,,1,18",
         "child.care_entry,,0.5,18"),
         f"{CARE}:5: age_from: ", f"the band overlaps 0-1 ({CARE}:3)", "where the next begins",
         problems=2),
    Case("bands that overlap for one sex", table("rates/death.csv", "child.death,,18,,",
         "child.death,,17,,"),
         "parameters/rates/death.csv:4: age_from: ", "the band overlaps 0-18", "where the next",
         problems=2),
    Case("band turned round", table("rates/care.csv", "child.care_entry,,1,18",
         "child.care_entry,,18,1"),
         f"{CARE}:5: age_from: ", "lies not below age_to, 1 (got '18')",
         "swap or correct", problems=2),
    Case("probability without a band", table("rates/care.csv", "child.care_entry,,0,1,",
         "child.care_entry,,,1,"),
         f"{CARE}:3: age_from: ", "a probability holds for a band", "give both limits"),
    Case("fixed age with a chance", table("rates/care.csv", "age,18,age,fixed,,,judgement,A,",
         "age,18,age,fixed,,,judgement,A,\nchild.ageing_out,,18,,probability,0.9,probability,"
         "fixed,,,judgement,A,"),
         f"{CARE}:3: quantity: ", "has a fixed age", "its age in age_from"),
    Case("sex of a mother", table("rates/death.csv", "mother.death,,0", "mother.death,male,0"),
         "parameters/rates/death.csv:5: sex: ", "belongs to no mother", "leave the sex blank"),
]

EFFECTS = [
    Case("effect on an unknown event", table("effects.csv", "mother.death,count",
         "mother.dies,count"),
         "parameters/effects.csv:5: event: ", "is not an event", "did you mean 'mother.death'?"),
    Case("unknown driver", table("effects.csv", "family.poor,level", "family.pour,level"),
         "parameters/effects.csv:2: driver: ",
         "is neither a trait, a state, a counter nor an exposure",
         "did you mean 'family.poor'?"),
    Case("counter of an unknown event", table("effects.csv", "count(child.care_entry)",
         "count(child.entry)"),
         "parameters/effects.csv:5: driver: ", "(got 'count(child.entry)')",
         "did you mean 'count(child.care_entry)'?"),
    Case("form of another driver", table("effects.csv", "mother.aces,per unit",
         "mother.aces,while"),
         "parameters/effects.csv:3: form: ", "does not fit 'mother.aces', which is a trait",
         "use one of: per unit, level"),
    Case("level missing", table("effects.csv", "level,1,", "level,,"),
         "parameters/effects.csv:2: level: ", "is missing", "name the level"),
    Case("level that is none", table("effects.csv", "level,1,", "level,7,"),
         "parameters/effects.csv:2: level: ", "is not a level of 'family.poor' (got '7')",
         "use one of: 0, 1"),
    Case("cap below the knot", table("effects.csv", "per unit,,1,0.5,2", "per unit,,1,0.5,0"),
         "parameters/effects.csv:3: cap: ", "lies below the knot"),
    Case("knot of a level", table("effects.csv", "level,1,,", "level,1,4,"),
         "parameters/effects.csv:2: knot: ", "does not belong to the form 'level'",
         "leave it blank"),
    Case("half a window of age", table("effects.csv", ",0,5,", ",0,,"),
         "parameters/effects.csv:2: age_to: ", "is missing, but the other limit is given"),
    Case("causal share unknown", table("effects.csv", "model.shared.causal_share",
         "model.shared.causal"),
         "parameters/effects.csv:4: causal_share: ", "is not a parameter",
         "did you mean 'model.shared.causal_share'?"),
    Case("causal share of a trait", table("effects.csv", "0.01,,,,,1.4",
         "0.01,model.shared.causal_share,,,,1.4"),
         "parameters/effects.csv:3: causal_share: ", "does not belong to a trait",
         "leave it blank"),
    Case("carrier without a share", table("effects.csv", "model.shared.causal_share,", ","),
         "parameters/effects.csv:4: causal_share: ", "the carrier carries the rest", "name the"),
    Case("carrier of many levels", table("effects.csv", "share,family.poor", "share,mother.aces"),
         "parameters/effects.csv:4: carrier: ", "is not a trait of the levels 0 and 1"),
    Case("profile missing", table("effects.csv", "slow,cautious", ",cautious"),
         "parameters/effects.csv:8: profile: ", "is missing", "name one of profiles.csv"),
    Case("profile unknown", table("effects.csv", "slow,cautious", "slaw,cautious"),
         "parameters/effects.csv:8: profile: ", "is not a profile", "did you mean 'slow'?"),
    Case("profile without an end", table("profiles.csv", "slow,floor,0.1,ratio,pert,0,0.4,"
         "judgement,C\n", ""),
         "parameters/profiles.csv:2: profile: ", "the profile 'slow' has no floor", "slow,floor"),
    Case("effect in pounds", table("effects.csv", "1.1,rate ratio", "1.1,£"),
         "parameters/effects.csv:5: unit: ", "does not fit an effect", "use rate ratio"),
    Case("group unknown", table("effects.csv", "0.64,1,efficacy", "0.64,1,efficiency"),
         "parameters/effects.csv:6: group: ", "is not a group of model.toml (got 'efficiency')",
         "did you mean 'efficacy'?"),
    Case("share outside a group", table("trait_levels.csv", "0.2,0.4,aces", "0.2,0.4,"),
         "parameters/trait_levels.csv:7: group: ", "the shares of a dirichlet distribution",
         "same group",
         problems=2),
]

MONEY = [
    Case("cost of nothing", table("unit_costs.csv", "child.in_care,per week",
         "child.care,per week"),
         "parameters/unit_costs.csv:2: applies_to: ", "is neither an event, a state",
         "did you mean"),
    Case("state paid for by the event", table("unit_costs.csv", "per week", "per event"),
         "parameters/unit_costs.csv:2: basis: ", "does not fit 'child.in_care', which is a state",
         "per week, per month or per year"),
    Case("activity paid for by the year", table("unit_costs.csv", "per event", "per year"),
         "parameters/unit_costs.csv:3: basis: ", "does not last", "use per event"),
    Case("payer unknown", table("unit_costs.csv", "nhs 0.1", "dhsc 0.1"),
         "parameters/unit_costs.csv:2: payers: ", "is not a payer (got 'dhsc')", "use one of"),
    Case("shares of payers miss 1", table("unit_costs.csv", "nhs 0.1", "nhs 0.2"),
         "parameters/unit_costs.csv:2: payers: ", "the shares sum to 1.1, not to 1", "correct"),
    Case("share of a payer as text", table("unit_costs.csv", "nhs 0.1", "nhs a tenth"),
         "parameters/unit_costs.csv:2: payers: ", "is not a number between 0 and 1",
         "write one payer"),
    Case("index unknown", table("unit_costs.csv", "2023/24,flat", "2023/24,flatt"),
         "parameters/unit_costs.csv:2: index: ", "is not a price index", "did you mean 'flat'?"),
    Case("year not in the index", table("unit_costs.csv", "2023/24,flat", "2022/23,flat"),
         "parameters/unit_costs.csv:2: price_year: ", "is not a year of the index 'flat'",
         "did you mean"),
    Case("perspective of an unknown payer", table("perspectives.csv", "sector,local_authority",
         "sector,council"),
         "parameters/perspectives.csv:3: payer: ", "is not a payer (got 'council')", "use one of"),
    Case("perspective of two minds", table("perspectives.csv", "Public sector,nhs,true",
         "Public sector,nhs,false"),
         "parameters/perspectives.csv:4: transfers: ", "differs from line 3", "the same for all"),
    Case("scheme without a start", table("discounting.csv", "nice,health,0", "nice,health,30"),
         "parameters/discounting.csv:2: from_year: ", "has no rate for health from year 0",
         "add a row"),
    Case("discount rate a hundredfold", table("discounting.csv", "health,0,3.5,percent per year",
         "health,0,3.5,per year"),
         "parameters/discounting.csv:3: value: ", "lies outside -5 % to 30 % a year",
         "check its unit"),
    Case("default that is none", table("economics.toml", '"public_sector"', '"public"'),
         "parameters/economics.toml:2: default_perspective: ",
         "is not a perspective (got 'public')",
         "did you mean 'public_sector'?"),
    Case("price year of no index", table("economics.toml", "2024/25", "2030/31"),
         "parameters/economics.toml:1: price_year: ", "is not a year of every price index",
         "2024/25"),
    Case("measure of an unknown event", table("measures.csv", "count,child.care_entry",
         "count,child.entry"),
         "parameters/measures.csv:2: of: ", "is not an event (got 'child.entry')", "did you mean"),
    Case("measure of nothing", table("measures.csv", "first,child.in_care", "first,"),
         "parameters/measures.csv:3: of: ", "is missing, but the kind 'first' needs it",
         "name a state"),
    Case("measure of an unknown cost", table("measures.csv", "care,lower", "cares,lower"),
         "parameters/measures.csv:6: costs: ", "is not a unit cost", "did you mean 'care'?"),
    Case("QALYs of a father", table("measures.csv", "mother child", "mother father"),
         "parameters/measures.csv:5: of: ", "is neither mother nor child", "mother"),
]

DOCUMENTS = [
    Case("bad TOML", table("service.toml", "open = true", "open = yes"),
         "parameters/service.toml:1: ", "is not valid TOML: invalid value"),
    Case("TOML that ends too soon", table("economics.toml", '"nice_20000"\n', '"nice_20000'),
         "parameters/economics.toml:4: ", "is not valid TOML"),
    Case("key given twice", table("economics.toml", "default_discounting", "price_year"),
         "parameters/economics.toml:3: ", "is not valid TOML: cannot overwrite a value"),
    Case("unknown key", table("service.toml", "dose_partial = { value = 0.5",
         "dose_part = { value = 0.5"),
         "parameters/service.toml:14: therapy.dose_part: ", "is not known here",
         "did you mean 'dose_partial'?", problems=2),
    Case("unknown key of a number", table("model.toml", "grade = \"C\"\n\n[groups",
         "grades = \"C\"\n\n[groups"),
         "parameters/model.toml:12: shared.causal_share.grades: ", "is not known here",
         "did you mean 'grade'?", problems=2),
    Case("bare number", table("service.toml",
         '{ value = 8, unit = "weeks", source = "judgement", grade = "C" }', "0.15"),
         "parameters/service.toml:11: therapy.postnatal_start: ",
         "a number needs unit, source and grade (got '0.15')", "write { value = 1"),
    Case("list for a number", table("model.toml", "value = 0.55", "value = [0.55]"),
         "parameters/model.toml:6: shared.causal_share.value: ", "is not a number (got 'a list')"),
    Case("truth for a number", table("model.toml", "value = 0.55", "value = true"),
         "parameters/model.toml:6: shared.causal_share.value: ", "is not a number (got 'true')"),
    Case("text for a number in TOML", table("model.toml", "value = 0.55", 'value = "0.55"'),
         "parameters/model.toml:6: shared.causal_share.value: ", "is not a number (got '0.55')"),
    Case("not a number in TOML", table("model.toml", "value = 0.55", "value = nan"),
         "parameters/model.toml:6: shared.causal_share.value: ", "is not a finite number"),
    Case("interval in TOML", table("model.toml", "high = 0.75", "high = 0.5"),
         "parameters/model.toml:6: shared.causal_share.value: ", "lies outside its interval"),
    Case("unit in TOML", table("model.toml", "value = -0.5, unit = \"years\"",
         'value = -0.5, unit = "£"'),
         "parameters/model.toml:2: family.entry.value: ", "lies outside 0 to 1e+07"),
    Case("unit that does not fit", table("service.toml", 'value = 80, unit = "percent"',
         'value = 80, unit = "years"'),
         "parameters/service.toml:8: therapy.start_share.unit: ", "does not fit here (got 'years')",
         "use a unit of probability"),
    Case("source missing in TOML", table("service.toml", 'unit = "weeks", source = "judgement"',
         'unit = "weeks", source = "guess"'),
         "parameters/service.toml:11: therapy.postnatal_start.source: ",
         "is not a source of sources.csv",
         "use one of: judgement, life_table"),
    Case("text for a switch", table("service.toml", "open = true", 'open = "yes"'),
         "parameters/service.toml:1: open: ", "is neither true nor false (got 'yes')",
         "without quotes"),
    Case("number for a text", table("economics.toml", '"nice_20000"', "20000"),
         "parameters/economics.toml:4: default_qaly_value: ", "is not a text (got '20000')",
         "in quotes"),
    Case("table for a text", table("economics.toml", '"nice_20000"', "{ value = 20000 }"),
         "parameters/economics.toml:4: default_qaly_value: ", "is not a text (got 'a table')"),
    Case("text for a table", table("model.toml", '[groups.efficacy]\ncorrelation = { value = 0.6, '
         'unit = "correlation", source = "judgement", grade = "C" }',
         '[groups]\nefficacy = "high"'),
         "parameters/model.toml:15: groups.efficacy: ", "is not a table (got 'high')", problems=2),
    Case("key missing", table("economics.toml", 'default_discounting = "nice"\n', ""),
         "parameters/economics.toml: default_discounting: ", "is missing", "give it a text"),
    Case("number missing", table("service.toml",
         'antenatal_start = { value = -0.3, unit = "years", source = "judgement", grade = "C" }\n',
         ""),
         "parameters/service.toml:5: therapy.antenatal_start: ", "is missing", "name in 'after'"),
    Case("share missing", table("service.toml",
         'complete_share = { value = 0.6, unit = "probability"'
         ', source = "judgement", grade = "C" }\n', ""),
         "parameters/service.toml:5: therapy.complete_share: ", "is missing", "write { value = 1"),
    Case("start after the birth", table("service.toml", "value = -0.3", "value = 0.3"),
         "parameters/service.toml:10: therapy.antenatal_start.value: ", "is not before the birth",
         "write -0.3"),
    Case("condition on an unknown trait", table("service.toml", "mother.aces >= 1",
         "mother.ace >= 1"),
         "parameters/service.toml:7: therapy.only_if: ", "is not a trait",
         "did you mean 'mother.aces'?"),
    Case("condition of another form", table("service.toml", "mother.aces >= 1",
         "mother.aces is high"),
         "parameters/service.toml:7: therapy.only_if: ", "is not a condition", "mother.aces >= 4"),
    Case("exposure after an unknown one", table("service.toml", 'after = "therapy"',
         'after = "terapy"'),
         "parameters/service.toml:17: home_visits.after: ", "is not an exposure", "'therapy'?"),
    Case("exposures in a circle", table("service.toml", 'after = "therapy"',
         'after = "home_visits"'),
         "parameters/service.toml:17: home_visits.after: ", "home_visits -> home_visits",
         "let one of them start by itself"),
    Case("group without a correlation", table("model.toml", 'correlation = { value = 0.6, '
         'unit = "correlation", source = "judgement", grade = "C" }\n', ""),
         "parameters/model.toml:14: groups.efficacy.correlation: ", "is missing", "write { value"),
    Case("group of opposites", table("model.toml", "value = 0.6", "value = -0.6"),
         "parameters/model.toml:15: groups.efficacy.correlation.value: ", "is below 0",
         "use 0 to 1"),
    Case("capacity", table("service.toml", "capacity = false", "capacity = true"),
         "parameters/service.toml:3: capacity: ", "is not available in this version", "false"),
    Case("effect set unknown", table("service.toml", '"base"', '"bass"'),
         "parameters/service.toml:2: effect_set: ", "is not an effect set", "did you mean 'base'?"),
    Case("reference place unknown", table("model.toml", '"here"', '"her"'),
         "parameters/model.toml:3: family.reference_place: ", "is not a place", "did you mean"),
]

PLACES = [
    Case("place sets the unknown", table("places/here.toml", '"rate.child.care_entry.1-18"',
         '"rate.child.care_entry.1-17"'),
         "parameters/places/here.toml:4: set.rate.child.care_entry.1-17: ", "is not a parameter",
         "did you mean 'rate.child.care_entry.1-18'?"),
    Case("place without quotes", table("places/here.toml", '[set."service.therapy.start_share"]',
         "[set.service.therapy.start_share]"),
         "parameters/places/here.toml:12: set.service: ", "is not a number table", "in quotes"),
    Case("place out of range", table("places/here.toml", "value = 90", "value = 190"),
         "parameters/places/here.toml:13: set.service.therapy.start_share.value: ",
         "lies outside 0 to 100"),
    Case("place in another unit", table("places/here.toml", "value = 90\nunit = \"percent\"",
         "value = 0.9\nunit = \"probability\""),
         "parameters/places/here.toml:14: set.service.therapy.start_share.unit: ",
         "is not the unit of the parameter", "convert the number to 'percent'"),
    Case("place without births", table("places/there.toml", "births = ", "deaths = "),
         "parameters/places/there.toml:2: deaths: ", "is not known here", "births", problems=2),
    Case("place without a source", table("places/here.toml", 'high = 5.5\n', ""),
         "parameters/places/here.toml:4: set.rate.child.care_entry.1-18.high: ",
         "is missing, but the other limit is given", "give both or none"),
    Case("place that cites nothing known", table("places/there.toml", '"judgement"', '"census"'),
         "parameters/places/there.toml:2: births.source: ", "is not a source of sources.csv"),
]

EXPERIMENTS = [
    Case("no such parameter folder", experiment("../parameters", "../parameter"),
         "parameter: ", "is not a folder", "name a folder of parameter tables"),
    Case("parameters that are a file", experiment("../parameters", "../parameters/events.csv"),
         "parameters/events.csv: ", "is a file, but a folder belongs here"),
    Case("empty folder", both(experiment("../parameters", "../nothing"),
         lambda root: (root / "nothing").mkdir()),
         "nothing: ", "holds no parameter tables"),
    Case("experiment that is bad TOML", experiment("families = 200", "families = 2_00_"),
         f"{SMALL}:7: ", "is not valid TOML"),
    Case("experiment that is empty", put(SMALL, b""), f"{SMALL}: ", "is empty"),
    Case("experiment that is binary", put(SMALL, b"title\x00"), f"{SMALL}:1: ",
         "is not a text file"),
    Case("experiment that is a folder", folder(SMALL), f"{SMALL}: ", "is a folder"),
    Case("experiment that is not there", drop(SMALL), f"{SMALL}: ", "there is no such file"),
    Case("title missing", experiment('title = "A small experiment"\n', ""),
         f"{SMALL}: title: ", "is missing", "give it a value"),
    Case("unknown key of the experiment", experiment("seed = 1", "seeds = 1"),
         f"{SMALL}:9: cohort.seeds: ", "is not known here", "did you mean 'seed'?"),
    Case("unknown table of the experiment", experiment("[money]", "[moneys]"),
         f"{SMALL}:11: moneys: ", "is not known here", "did you mean 'money'?"),
    Case("population unknown", experiment('"referred"', '"refered"'),
         f"{SMALL}:5: cohort.population: ", "is not one of the allowed words", "'referred'?"),
    Case("place unknown", experiment('"here"', '"hear"'),
         f"{SMALL}:6: place: ", "is not a place (got 'hear')", "did you mean"),
    Case("list for a number of families", experiment("families = 200", "families = [200]"),
         f"{SMALL}:7: cohort.families: ", "is not a whole number (got 'a list')"),
    Case("half a family", experiment("families = 200", "families = 200.5"),
         f"{SMALL}:7: cohort.families: ", "is not a whole number (got '200.5')"),
    Case("one family", experiment("families = 200", "families = 1"),
         f"{SMALL}:7: cohort.families: ", "must not be below 2 (got '1')"),
    Case("truth for a seed", experiment("seed = 1", "seed = true"),
         f"{SMALL}:9: cohort.seed: ", "is not a whole number (got 'true')"),
    Case("negative seed", experiment("seed = 1", "seed = -1"),
         f"{SMALL}:9: cohort.seed: ", "must not be below 0"),
    Case("horizon too long", experiment("horizon_years = 18", "horizon_years = 180"),
         f"{SMALL}:8: cohort.horizon_years: ", "must not be above 110 (got '180')"),
    Case("no horizon", experiment("horizon_years = 18", "horizon_years = 0"),
         f"{SMALL}:8: cohort.horizon_years: ", "must be above 0"),
    Case("perspective unknown", experiment('"public_sector"', '"public sector"'),
         f"{SMALL}:14: money.perspective: ", "is not a perspective",
         "did you mean 'public_sector'?"),
    Case("scheme unknown", experiment('"nice"', '"nica"'),
         f"{SMALL}:13: money.discounting: ", "is not a discounting scheme", "did you mean 'nice'?"),
    Case("price year unknown", experiment("2024/25", "2024-25"),
         f"{SMALL}:12: money.price_year: ", "is not a year of the price index", "'2024/25'?"),
    Case("value of a QALY unknown", experiment("nice_20000", "nice_2000"),
         f"{SMALL}:15: money.qaly_value: ", "is not a value of a QALY",
         "did you mean 'nice_20000'?"),
    Case("no comparator", experiment("comparator = true\n", ""),
         f"{SMALL}:17: arm: ", "no arm is the comparator", "add 'comparator = true'"),
    Case("two comparators", experiment('name = "BABS"\n', 'name = "BABS"\ncomparator = true\n'),
         f"{SMALL}:24: arm.1.comparator: ", "there is a comparator already, on line 19",
         "keep one"),
    Case("arms of one name", experiment('"BABS, busy"', '"BABS"'),
         f"{SMALL}:26: arm.2.name: ", "is also the name of the arm on line 23", "another name"),
    Case("arm without a name", experiment('name = "BABS"\n', ""),
         f"{SMALL}:22: arm.1.name: ", "is missing", "give it a value"),
    Case("unknown parameter set", experiment("service.therapy.start_share",
         "service.terapy.start_share"),
         f"{SMALL}:28: arm.2.set.service.terapy.start_share: ",
         "is neither a parameter nor a setting",
         "did you mean 'service.therapy.start_share'?"),
    Case("parameter set out of range", experiment("start_share\" = 40", "start_share\" = 140"),
         f"{SMALL}:28: arm.2.set.service.therapy.start_share: ", "lies outside 0 to 100",
         "it is in 'percent', 90 in the tables"),
    Case("parameter set to a text", experiment("start_share\" = 40", "start_share\" = \"many\""),
         f"{SMALL}:28: arm.2.set.service.therapy.start_share: ", "is not a number (got 'many')"),
    Case("parameter set to a list", experiment("start_share\" = 40", "start_share\" = [40]"),
         f"{SMALL}:28: arm.2.set.service.therapy.start_share: ",
         "is neither a number, a text, nor"),
    Case("set without quotes", experiment('"service.effect_set"', "service.effect_set"),
         f"{SMALL}:29: arm.2.set.service: ", "is neither a number, a text, nor true or false",
         'put the whole name in quotes'),
    Case("setting of the wrong type", experiment("false }", "0 }"),
         f"{SMALL}:20: arm.0.set.service.open: ", "is neither true nor false (got '0')"),
    Case("effect set of an arm", experiment('"cautious"', '"cautius"'),
         f"{SMALL}:29: arm.2.set.service.effect_set: ", "is not one of the allowed words",
         "did you mean 'cautious'?"),
    Case("arm that changes families", experiment('"service.effect_set" = "cautious"',
         '"trait.family.poor.1" = 30'),
         f"{SMALL}:29: arm.2.set.trait.family.poor.1: ", "is the same in all arms",
         "parameter folder"),
    Case("analysis to come", experiment('"base"', '"tornado"'),
         f"{SMALL}:32: analysis.0.kind: ", "is not available in this version (got 'tornado')",
         "use one of: base"),
    Case("analysis unknown", experiment('"base"', '"tornadoes"'),
         f"{SMALL}:32: analysis.0.kind: ", "is not one of the allowed words",
         "did you mean 'tornado'?"),
    Case("analysis of an unknown measure", experiment('"base"', '"base"\nmeasure = "costs"'),
         f"{SMALL}:33: analysis.0.measure: ", "is not a measure", "did you mean 'cost'?"),
    Case("csv without a file", experiment('"referred"', '"csv"'),
         f"{SMALL}:4: cohort.families_csv: ", "the population is 'csv'", "name a file of families"),
    Case("csv that is not there", experiment('"referred"', '"csv"\nfamilies_csv = "mine.csv"'),
         "experiments/mine.csv: ", "there is no such file"),
    Case("csv of an unknown trait", both(experiment('"referred"',
         '"csv"\nfamilies_csv = "mine.csv"'),
         put("experiments/mine.csv", b"mother.ace\n1\n")),
         "experiments/mine.csv:1: mother.ace: ", "is not a trait", "did you mean 'mother.aces'?"),
    Case("csv with a level that is none", both(
         experiment('"referred"', '"csv"\nfamilies_csv = "mine.csv"'),
         put("experiments/mine.csv", b"mother.aces,mother.age\n1,31\n\n9,27\n")),
         "experiments/mine.csv:4: mother.aces: ", "is not a level of this trait (got '9')",
         "0, 1, 2"),
    Case("csv with a blank", both(experiment('"referred"', '"csv"\nfamilies_csv = "mine.csv"'),
         put("experiments/mine.csv", b"mother.aces,mother.age\n1,\n")),
         "experiments/mine.csv:2: mother.age: ", "is blank", "write a plain number"),
]

# fmt: on

CASES = [
    *FILES,
    *HEADERS,
    *CELLS,
    *NUMBERS,
    *NAMES,
    *EVENTS,
    *EFFECTS,
    *MONEY,
    *DOCUMENTS,
    *PLACES,
    *EXPERIMENTS,
]
"""Every case; names are unique."""
