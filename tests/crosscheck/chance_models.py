"""Small models drawn at random: states, events, clocks of all kinds and laws, all effect forms."""

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from tests.events.test_closed_forms import therapy
from tests.folders import CHILD, MOTHER, event, number, state

Draw = Any
Row = dict[str, Any]

PEOPLE = ("mother", "child")
MOST_EFFECTS = 4  # on one event, so that rates stay such that lives end
LEVELS: list[Row] = [
    {"trait": "family.one", "level": 1, "value": 1},
    *({"trait": "family.load", "level": k, "value": v} for k, v in enumerate((0.4, 0.3, 0.3))),
    *({"trait": "family.flag", "level": k, "value": 0.5} for k in range(2)),
    *({"trait": "child.sex", "level": k, "value": 0.5} for k in range(2)),
    {"trait": "family.frailty", "level": "mean", "value": 0, "unit": "sd"},
    {"trait": "family.frailty", "level": "sd", "value": 1, "unit": "sd"},
]
EXTRA = f"""
[visit]
label = "visit"
only_if = "family.load >= 1"
after = "therapy"
antenatal_only = false
start_share = {number(0.7, "probability")}
complete_share = {number(0.5, "probability")}
dose_complete = {number(1.25, "ratio")}
dose_partial = {number(0.4, "ratio")}
"""
EXPOSURES = ("service.therapy", "service.visit")


@st.composite
def chance_models(draw: Draw) -> dict[str, Any]:
    """Return arguments of `write_folder` for a model, its horizon, seed and causal share."""
    models = _Drawn(draw)
    share = draw(st.sampled_from((0.0, 0.55, 1.0)))
    return {
        "tables": models.tables(),
        "entry": draw(st.sampled_from((0.0, -0.5, -0.575))),
        "service": therapy(start_share=0.8, antenatal_share=0.6, complete_share=0.7) + EXTRA,
        "model": f"[shared]\ncausal_share = {number(share, 'ratio')}\n",
        "horizon": draw(st.sampled_from((1.0, 2.5, 4.0, 7.3, 12.0))),
        "seed": draw(st.integers(0, 2**32)),
    }


class _Drawn:
    """A model that is being drawn."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        some = draw(st.integers(2, 5))
        self.states: list[Row] = [CHILD]
        if draw(st.booleans()):
            self.states.append(MOTHER)
        self.mine: list[Row] = []
        for k in range(some):
            person = draw(st.sampled_from(PEOPLE))
            more: Row = {}
            if draw(st.booleans()):
                more["starts_if"] = draw(st.sampled_from(("family.flag", "family.load")))
            if person == "child" and draw(st.booleans()):
                more["ace"] = "true"
            self.mine.append(state(f"{person}.state{k}", **more))
        self.states += self.mine
        self.names = [row["name"] for row in self.mine]
        self.events: list[Row] = []
        self.rates: list[Row] = []

    def tables(self) -> dict[str, list[Row]]:
        """Return the tables."""
        for k, row in enumerate(self.mine):
            if "starts_if" not in row:
                self.add(f"begin{k}", requires=[f"!{row['name']}"], sets=[row["name"]])
        for k in range(self.draw(st.integers(2, 6))):
            self.add(f"event{k}")
        effects = self.effects()
        traits = [
            {"name": name, "label": name, "person": name.split(".")[0], "kind": kind, "role": role}
            for name, kind, role in (
                ("family.one", "levels", ""), ("family.load", "levels", ""),
                ("family.flag", "levels", ""), ("child.sex", "levels", "sex"),
                ("family.frailty", "normal", ""), *self.age()[:1],
            )
        ]  # fmt: skip
        return {
            "traits": traits,
            "trait_levels": [*LEVELS, *self.age()[1:]],
            "states": self.states,
            "events": self.events,
            "rates": self.rates,
            "effects": effects,
            "profiles": self.profiles(),
            "utilities": [
                {"state": name, "value": self.draw(st.sampled_from((0.5, 0.8, 1.1)))}
                for name in self.names
                if self.draw(st.booleans())
            ],
            "trait_utilities": [
                {"trait": trait, "level": 1, "value": self.draw(st.sampled_from((0.7, 1.0)))}
                for trait in ("family.load", "family.flag", "child.sex")
                if self.draw(st.booleans())
            ],
            "utility_norms": [
                {"sex": sex, "age": age, "value": value}
                for sex, ages in (("female", {0: 0.95, 30: 0.9, 90: 0.6}), ("male", {2: 1, 5: 0.9}))
                for age, value in ages.items()
            ],
        }

    def age(self) -> list[Any]:
        """Return the trait of the mother's age with its levels: normal, or whole years."""
        if not hasattr(self, "_age"):
            if self.draw(st.booleans()):
                levels = [{"trait": "mother.age", "level": k, "value": v, "unit": "years"}
                          for k, v in (("mean", 29), ("sd", 6))]  # fmt: skip
                self._age = [("mother.age", "normal", "age"), *levels]
            else:
                levels = [{"trait": "mother.age", "level": k, "value": 0.5} for k in (26, 28)]
                self._age = [("mother.age", "levels", "age"), *levels]
        return self._age

    def add(
        self, name: str, requires: list[str] | None = None, sets: list[str] | None = None
    ) -> None:
        """Draw an event and the numbers of its clock."""
        draw = self.draw
        person = sets[0].split(".")[0] if sets else draw(st.sampled_from(PEOPLE))
        name = f"{person}.{name}"
        subset = st.lists(st.sampled_from(self.names), unique=True, max_size=2)
        sets = draw(subset) if sets is None else sets
        clears = [one for one in draw(subset) if one not in sets]
        if requires is None:
            most = draw(st.sampled_from((0, 1, 1, 3)))  # few, so that most events can happen
            requires = [
                draw(st.sampled_from(("", "!"))) + one
                for one in draw(st.lists(st.sampled_from(self.names), unique=True, max_size=most))
            ]
            if draw(st.integers(0, 4)) == 0:
                requires.append(draw(st.sampled_from(("", "!"))) + "child.alive")
        clock = draw(st.sampled_from(("age", "age", "since", "since", "at")))
        living = any(row["name"] == f"{person}.alive" for row in self.states)
        more: Row = {
            "requires": " ".join(dict.fromkeys(requires)), "sets": " ".join(sets),
            "clears": " ".join(clears), "order": draw(st.integers(0, 2)),
            "ends": "true" if living and draw(st.integers(0, 7)) == 0 else "",
        }  # fmt: skip
        if clock == "since":
            more["law"] = draw(
                st.sampled_from(("exponential", "weibull", "gompertz", "lognormal", "table"))
            )
        self.events.append(event(name, clock, **{k: v for k, v in more.items() if v != ""}))
        kind = {"age": self.by_age, "since": self.since, "at": self.at}[clock]
        self.rates += [{"event": name, **row} for row in kind(person, more.get("law", ""))]

    def bands(self, start: float) -> list[Row]:
        """Draw bands with rates or probabilities, with gaps now and then."""
        draw = self.draw
        limits = [start, start + 0.02, start + 1.0, start + 2.25, start + 5.0]
        rows = []
        for low, high in pairwise(limits):
            if draw(st.integers(0, 3)) == 0:
                continue
            if draw(st.booleans()):
                chance = draw(st.sampled_from((0.0, 0.1, 0.6)))
                rows.append({"age_from": low, "age_to": high, "quantity": "probability",
                             "unit": "probability", "value": chance})  # fmt: skip
            else:
                rate = draw(st.sampled_from((0.0, 0.05, 0.4, 2.0)))
                rows.append({"age_from": low, "age_to": high, "value": rate})
        if draw(st.booleans()) or not rows:
            rows.append({"age_from": limits[-1], "value": draw(st.sampled_from((0.1, 1.0)))})
        return rows

    def by_age(self, person: str, law: str) -> list[Row]:
        """Draw rates by age, for one sex or both."""
        if person == "mother":
            return [*self.bands(24.5), *([{"age_to": 24.5, "value": 0.3}])]
        rows = self.bands(0.0)
        sexes = self.draw(st.sampled_from(("", "", "female", "both")))
        if sexes == "female":
            return [{**row, "sex": "female"} for row in rows]
        if sexes == "both":
            male = self.bands(0.0)
            return [{**row, "sex": "female"} for row in rows] + [
                {**row, "sex": "male"} for row in male
            ]
        return rows

    def since(self, person: str, law: str) -> list[Row]:
        """Draw the numbers of a law."""
        pick = lambda *values: self.draw(st.sampled_from(values))  # noqa: E731
        if law == "table":
            return self.bands(0.0)
        numbers = {
            "exponential": {"rate": ("per year", pick(0.1, 1.0, 3.0))},
            "weibull": {"shape": ("ratio", pick(0.6, 1.0, 2.5)), "scale": ("years", pick(0.4, 3))},
            "gompertz": {"start": ("per year", pick(0.05, 1.0)),
                         "growth": ("per year", pick(-0.8, 0.0, 0.3))},
            "lognormal": {"median": ("years", pick(0.3, 2.0)), "sigma": ("sd", pick(0.3, 1.5))},
        }[law]  # fmt: skip
        return [{"quantity": q, "unit": u, "value": v} for q, (u, v) in numbers.items()]

    def at(self, person: str, law: str) -> list[Row]:
        """Draw an age, certain or with a chance, for one sex or both."""
        draw = self.draw
        age = draw(st.sampled_from((0.0, 0.25, 1.0, 2.0, 2.25, 3.9)))
        age += 26.0 if person == "mother" else 0.0
        sexes = draw(st.sampled_from(("", "", "female", "both"))) if person == "child" else ""
        if not sexes and draw(st.booleans()):
            return [{"quantity": "age", "unit": "years", "value": age}]
        chance = {"quantity": "probability", "unit": "probability", "age_from": age}
        values = st.sampled_from((0.0, 0.2, 0.7, 1.0))
        if sexes == "both":
            return [{**chance, "sex": sex, "value": draw(values)} for sex in ("female", "male")]
        return [{**chance, "sex": sexes, "value": draw(values)}]

    def profiles(self) -> list[Row]:
        """Draw two profiles."""
        draw = self.draw
        return [
            {"profile": name, "quantity": quantity, "value": value, "unit": unit}
            for name in ("fast", "slow")
            for quantity, value, unit in (
                ("hold_to", draw(st.sampled_from((-0.2, 0.6, 2.0))), "years"),
                ("half_life", draw(st.sampled_from((0.05, 0.7, 4.0))), "years"),
                ("floor", draw(st.sampled_from((0.0, 0.3, 1.0))), "ratio"),
            )
        ]

    def effects(self) -> list[Row]:
        """Draw effects of every form; a counter never feeds its own event, so no life explodes."""
        draw = self.draw
        rows: dict[tuple[Any, ...], Row] = {}
        for _ in range(draw(st.integers(3, 10))):
            one = draw(st.sampled_from(self.events))
            row: Row = {"event": one["name"], "value": draw(st.sampled_from((0.2, 0.7, 1.5)))}
            kind = draw(st.sampled_from(("unit", "level", "window", "state", "count", "exposure")))
            if kind == "unit":
                row |= {"driver": draw(st.sampled_from(("family.frailty", "family.load"))),
                        "form": "per unit"} | self.bend()  # fmt: skip
            elif kind == "level":
                row |= {"driver": "family.load", "form": "level", "level": draw(st.integers(0, 2))}
            elif kind == "window":
                if one["clock"] != "age":
                    continue
                start = 26.0 if one["person"] == "mother" else 0.0
                low = start + draw(st.sampled_from((0.0, 0.5, 1.0)))
                row |= {"driver": "family.load", "age_from": low,
                        "age_to": low + draw(st.sampled_from((0.5, 3.0)))}  # fmt: skip
                row |= draw(
                    st.sampled_from(({"form": "per unit", "cap": 1},
                                     {"form": "level", "level": 1}, {"form": "level", "level": 2}))
                )  # fmt: skip
            elif kind == "state":
                row |= {"driver": draw(st.sampled_from(self.names)),
                        "form": draw(st.sampled_from(("while", "ever")))}  # fmt: skip
                if draw(st.booleans()):
                    row["causal_share"] = "model.shared.causal_share"
                    row["carrier"] = draw(st.sampled_from(("", "family.flag")))
            elif kind == "count":
                counted = draw(st.sampled_from(self.events))["name"]
                row |= {"driver": draw(st.sampled_from(("child.ace_count", f"count({counted})"))),
                        "form": "per unit", "value": draw(st.sampled_from((0.3, 0.8, 1.3))),
                        "knot": 2, "beyond": 0.5, "cap": 4}  # fmt: skip
            else:
                row |= {"driver": draw(st.sampled_from(EXPOSURES)), "form": "profile",
                        "profile": draw(st.sampled_from(("fast", "slow"))),
                        "effect_set": draw(st.sampled_from(("", "base")))}  # fmt: skip
            key = (row["event"], row["driver"], row.get("level"), row.get("age_from"))
            if sum(other["event"] == row["event"] for other in rows.values()) < MOST_EFFECTS:
                rows.setdefault(key, row)
        return list(rows.values()) or [
            {"event": self.events[0]["name"], "driver": "family.load", "form": "per unit",
             "value": 1.2}
        ]  # fmt: skip

    def bend(self) -> Row:
        """Draw a knot and a cap, or none."""
        return dict(
            self.draw(st.sampled_from(({}, {"knot": 0.5, "beyond": 0.4}, {"cap": 1.2},
                                       {"knot": 0.3, "beyond": 2.0, "cap": 1.5})))
        )  # fmt: skip
