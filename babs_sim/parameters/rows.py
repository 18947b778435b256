"""The tables under ``parameters/``: one schema a table, one class a row.

Every number is part of a row (or of a TOML key) that also carries its unit, distribution,
interval, source and evidence grade.  `Row.key` identifies the row: a later folder replaces a row
with the same key.  `NumberRow.key` is also the name of the row's parameter, and the name by which
an experiment's ``set`` changes it.
"""

from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Distribution = Literal[
    "fixed", "beta", "gamma", "lognormal", "normal", "uniform", "triangular", "pert", "dirichlet"
]
Person = Literal["mother", "child"]
Sex = Literal["female", "male"]
Status = Literal["seen", "derived", "recalled", "assumption"]
Grade = Literal["A", "B", "C"]
STATUSES: tuple[Status, ...] = get_args(Status)
GRADES: tuple[Grade, ...] = get_args(Grade)
"""Both from the best known to the least."""


def span(low: float, high: float) -> str:
    """Return a band's name, ``"1-5"`` for [1, 5)."""
    return f"{low:g}-{high:g}"


class Row(BaseModel):
    """A row of a table; unknown columns are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    note: str = ""

    @property
    def key(self) -> str:
        """Name of the row: equal keys in a later folder replace it."""
        raise NotImplementedError


class NumberRow(Row):
    """A row that holds one number with all that must be known about it.

    ``low`` and ``high`` are the 95 % interval (for ``uniform``, ``triangular`` and ``pert`` the
    limits).  ``group`` names rows that are drawn together (a Dirichlet, or a shared latent normal;
    ``-name`` moves against the group: its good direction is up).
    """

    value: float
    unit: str
    distribution: Distribution = "fixed"
    low: float | None = None
    high: float | None = None
    source: str
    grade: Grade
    evidence: str = ""
    group: str = ""


class SourceRow(Row):
    """sources.csv: one source; ``assumption`` is a status too."""

    name: str
    citation: str
    address: str = ""
    status: Status

    @property
    def key(self) -> str:
        return self.name


class TraitRow(Row):
    """traits.csv: a trait fixed at entry.

    ``levels``: shares of numbered levels; ``normal``: mean and sd (both in trait_levels.csv).
    ``role`` tells the engine which trait is the child's sex (0 female, 1 male) and which is the
    mother's age at the birth.
    """

    name: str
    label: str
    person: Literal["mother", "child", "family"]
    kind: Literal["levels", "normal"]
    role: Literal["", "sex", "age"] = ""

    @property
    def key(self) -> str:
        return self.name


class TraitLevelRow(NumberRow):
    """trait_levels.csv: the share of one level, or ``mean``, ``sd``, ``least``, ``most``."""

    trait: str
    level: str
    label: str = ""

    @property
    def key(self) -> str:
        return f"trait.{self.trait}.{self.level}"


class CorrelationRow(NumberRow):
    """correlations.csv: correlation of two traits on the latent normal scale."""

    a: str
    b: str

    @property
    def key(self) -> str:
        return "correlation." + ".".join(sorted((self.a, self.b)))


class SelectionRow(NumberRow):
    """selection.csv: what a population must show: the mean of a trait, or P(trait >= at_least)."""

    population: str
    trait: str
    at_least: float | None = None

    @property
    def key(self) -> str:
        feature = self.trait if self.at_least is None else f"{self.trait}>={self.at_least:g}"
        return f"selection.{self.population}.{feature}"


class SubgroupRow(Row):
    """subgroups.csv: one band of a way to part families: ``at_least`` <= trait < ``below``.

    The bands of a subgroup join up: the first has no ``at_least``, the last no ``below``.
    """

    subgroup: str
    band: str
    label: str
    trait: str
    at_least: float | None = None
    below: float | None = None

    @property
    def key(self) -> str:
        return f"{self.subgroup}.{self.band}"


class EquityRow(NumberRow):
    """equity.csv: a number that sharing out health by the bands of a subgroup needs.

    ``what`` is ``health`` (QALYs expected at birth of people in the band), ``people`` (share of the
    population in the band), ``given up`` (share of the health that a public cost takes from others
    that the band loses; ``scheme`` names the set of shares), or ``births per family`` (births of
    the population for each family of the cohort ``scheme``: over so many lives gains are spread).
    """

    what: Literal["health", "people", "given up", "births per family"]
    scheme: str = ""
    subgroup: str = ""
    band: str = ""

    @property
    def key(self) -> str:
        parts = ("equity", self.what.replace(" ", "_"), self.scheme, self.subgroup, self.band)
        return ".".join(filter(None, parts))


class AversionRow(NumberRow):
    """inequality_aversion.csv: how much an inequality of health counts, for one ``index``.

    ``atkinson`` aversion has no unit and looks at ratios of health, ``kolm`` aversion is per QALY
    and looks at differences; both are written with the unit ``score``.
    """

    index: Literal["atkinson", "kolm"]
    name: str
    label: str

    @property
    def key(self) -> str:
        return f"aversion.{self.index}.{self.name}"


class StateRow(Row):
    """states.csv: an on/off condition of one person.

    ``role`` ``alive`` marks the state that is on while its person lives.  ``starts_if`` names a
    trait: the state is on at entry where the trait is above 0.  ``ace`` counts the state, once it
    has been on, in the child's own ACE count (the counter ``child.ace_count``).
    """

    name: str
    label: str
    person: Person
    role: Literal["", "alive"] = ""
    starts_if: str = ""
    ace: bool = False

    @property
    def key(self) -> str:
        return self.name


class UtilityRow(NumberRow):
    """utilities.csv: utility ratio of a state to the age and sex norm."""

    state: str

    @property
    def key(self) -> str:
        return f"utility.{self.state}"


class TraitUtilityRow(NumberRow):
    """trait_utilities.csv: utility ratio of people at one level of a trait to the norm.

    A trait of the family holds for mother and child.  A level without a row has the ratio 1.
    """

    trait: str
    level: float

    @property
    def key(self) -> str:
        return f"utility.{self.trait}.{self.level:g}"


class NormRow(NumberRow):
    """utility_norms.csv: utility norm at one age of one sex."""

    sex: Sex
    age: int = Field(ge=0)

    @property
    def key(self) -> str:
        return f"norm.{self.sex}.{self.age}"


class EventRow(Row):
    """events.csv: an instantaneous change.

    ``requires`` lists states, ``!state`` for off; ``sets`` and ``clears`` list states.
    ``clock``: ``age`` (rates by age of its person), ``since`` (``law`` of the time since it was
    enabled) or ``at`` (one fixed age, with a probability).  ``average_of``: blank where the rates
    hold for a person whose drivers are all at reference; ``at risk`` where they are averages over
    all of the general population for whom the event is enabled; or a list like ``requires`` that
    says over whom they are averages.  ``ends`` marks the death of a person.  Events at the same
    moment happen in the order of ``order``, then of their names.
    """

    name: str
    label: str
    person: Person
    requires: str = ""
    sets: str = ""
    clears: str = ""
    clock: Literal["age", "since", "at"]
    law: Literal["", "exponential", "weibull", "gompertz", "lognormal", "table"] = ""
    average_of: str = ""
    ends: bool = False
    order: int = 0

    @property
    def key(self) -> str:
        return self.name


class RateRow(NumberRow):
    """rates/*.csv: one number of an event's clock.

    ``quantity`` ``rate`` is a rate in [age_from, age_to) (of the person's age, or for the law
    ``table`` of the time since enabled); ``probability`` is the chance in that band (or, with the
    clock ``at``, the chance at ``age_from``); ``age`` the fixed age of an ``at`` event that is
    certain; ``shape``, ``scale``, ``median``, ``sigma``, ``start`` and ``growth`` belong to the
    laws of ``since``.
    """

    event: str
    sex: Literal["", "female", "male"] = ""
    age_from: float | None = None
    age_to: float | None = None
    quantity: Literal[
        "rate", "probability", "age", "shape", "scale", "median", "sigma", "start", "growth"
    ] = "rate"

    @property
    def key(self) -> str:
        parts = ["rate", self.event]
        if self.sex:
            parts.append(self.sex)
        if self.quantity not in ("rate", "probability"):
            parts.append(self.quantity)
        if self.age_from is not None:
            parts.append(
                f"{self.age_from:g}" if self.age_to is None else span(self.age_from, self.age_to)
            )
        return ".".join(parts)


class EffectRow(NumberRow):
    """effects.csv: a driver multiplies the rate of an event.

    ``form``: ``per unit`` (ratio to the power of the trait or counter; beyond ``knot`` each unit
    counts ``beyond`` of one; not above ``cap``), ``level`` (trait at ``level``), ``while`` (state
    on), ``ever`` (state has been on), ``profile`` (exposure; ``profile`` names how it fades).
    ``age_from``/``age_to`` limit a ``level`` or ``per unit`` effect of a trait to ages of the
    event's person.  ``reference_risk`` converts an odds ratio or an SMD to a ratio of hazards.
    ``causal_share`` names the parameter k; the ratio acts to the power k, and ``carrier``, a trait
    of 0 and 1, carries the rest, ratio to the power 1 - k.  ``effect_set`` limits the row to one
    named set of service effects.
    """

    event: str
    driver: str
    form: Literal["per unit", "level", "while", "ever", "profile"]
    level: float | None = None
    knot: float | None = None
    beyond: float = 1.0
    cap: float | None = None
    age_from: float | None = None
    age_to: float | None = None
    reference_risk: float | None = None
    causal_share: str = ""
    carrier: str = ""
    profile: str = ""
    effect_set: str = ""

    @property
    def key(self) -> str:
        parts = ["effect", self.event, self.driver]
        if self.level is not None:
            parts.append(f"{self.level:g}")
        if self.age_from is not None and self.age_to is not None:
            parts.append(span(self.age_from, self.age_to))
        return ".".join(parts) + (f"@{self.effect_set}" if self.effect_set else "")


class ProfileRow(NumberRow):
    """profiles.csv: how an effect of exposure lasts: until ``hold_to`` (age of the child), then
    its excess over 1 halves every ``half_life`` years down to the share ``floor``."""

    profile: str
    quantity: Literal["hold_to", "half_life", "floor"]

    @property
    def key(self) -> str:
        return f"profile.{self.profile}.{self.quantity}"


class UnitCostRow(NumberRow):
    """unit_costs.csv: what one unit of something costs, and who pays.

    ``applies_to``: an event, a state, an activity of the service (an exposure such as
    ``service.therapy``, a role such as ``service.team.therapist``, ``service.referral``,
    ``service.contact`` or ``service.start_up``) or ``family``.  ``payers``: ``moj 0.6;
    local_authority 0.4``, or one payer alone.
    """

    name: str
    label: str
    applies_to: str
    basis: Literal["per event", "per week", "per month", "per year"]
    payers: str
    kind: Literal["fiscal", "economic", "social"]
    transfer: bool = False
    cashable: float = Field(ge=0, le=1)
    price_year: str
    index: str

    @property
    def key(self) -> str:
        return f"cost.{self.name}"


class ReferralRow(Row):
    """referrals.csv: one referral that a service has had, used instead of referrals by chance.

    ``time`` in years from the start of the period, which lasts ``pathway.years``; ``age`` of the
    child in years, negative in pregnancy; ``number`` counts the rows.
    """

    number: int = Field(ge=1)
    time: float = Field(ge=0)
    age: float = Field(ge=-1, le=2)

    @property
    def key(self) -> str:
        return str(self.number)


class PayerRow(Row):
    """payers.csv: who pays."""

    name: str
    label: str

    @property
    def key(self) -> str:
        return self.name


class PerspectiveRow(Row):
    """perspectives.csv: a payer that counts in a perspective; ``transfers`` whether they count."""

    perspective: str
    label: str = ""
    payer: str
    transfers: bool = True

    @property
    def key(self) -> str:
        return f"{self.perspective}.{self.payer}"


class PriceIndexRow(NumberRow):
    """price_index.csv: level of an index in a year."""

    index: str
    year: str

    @property
    def key(self) -> str:
        return f"index.{self.index}.{self.year}"


class DiscountRow(NumberRow):
    """discounting.csv: yearly rate of a scheme from a year after entry on."""

    scheme: str
    applies_to: Literal["costs", "health"]
    from_year: int = Field(ge=0)

    @property
    def key(self) -> str:
        return f"discount.{self.scheme}.{self.applies_to}.{self.from_year}"


class QalyValueRow(NumberRow):
    """qaly_values.csv: pounds for one QALY."""

    name: str
    label: str
    price_year: str

    @property
    def key(self) -> str:
        return f"qaly_value.{self.name}"


class MeasureRow(Row):
    """measures.csv: a named result.

    ``kind``: ``count`` (events per family), ``time`` (years in states per family), ``first``
    (people for whom one of the states has come on), ``counter`` (mean of ``child.ace_count`` at
    the end, or with ``child.ace_count>=4`` the children for whom it has come to 4), ``qaly`` (of a
    person), ``cost`` (of unit costs, all payers of the perspective; blank ``of`` is all of them),
    ``break even`` (how many fewer of the events in ``of`` pay for the service, given what the unit
    costs in ``costs`` come to for each).
    ``unit`` ends in ``per family`` or ``per 1,000 families``; that of a ``time`` begins with
    ``years`` or ``months``.  ``headline`` numbers the measures that the first lines of a result
    show; blank for none.  The first rows of the kind ``first`` have icon arrays.
    """

    name: str
    label: str
    unit: str
    kind: Literal["count", "time", "first", "counter", "qaly", "cost", "break even"]
    of: str = ""
    costs: str = ""
    better: Literal["lower", "higher", ""] = ""
    headline: int | None = None

    @property
    def key(self) -> str:
        return self.name


class CausalOutcomeRow(Row):
    """causal_outcomes.csv: an outcome whose causes `babs-sim causes` adds up along all chains.

    ``of`` lists the events that count, ``until`` is the child's age up to which they do.
    """

    name: str
    label: str
    of: str
    until: float = Field(gt=0, le=110)

    @property
    def key(self) -> str:
        return self.name


class DomainRow(Row):
    """domains.csv: states (and events) that a picture of the model shows together.

    ``stage`` is the column of the picture, in the order in which stages first appear.
    """

    name: str
    label: str
    stage: str
    of: str

    @property
    def key(self) -> str:
        return self.name


class TargetRow(NumberRow):
    """targets.csv: a published figure that the population without the service is held against.

    It is an observation, never an input, so it is no parameter.  ``place`` "" is the reference
    place.  ``role``: ``calibrated`` where it set parameters (or `calibrate` uses it), ``held_out``
    where it did not.  ``expressed`` says whether the model can show it; where not, ``note`` says
    why, and where it misses, ``note`` says why too.  What is measured (ages are the child's, people
    are followed from birth):

    - ``ever``: share of people in whom ``least`` (one, if blank) of the states ``of`` have been on
      before ``age_to``; ``mean ever``: how many of the states have been on, on average.
    - ``share``: of the years lived in [age_from, age_to), the share in one or more of ``of``.
    - ``in year``: the same share and those who join it within a year.
    - ``at``: share of people born who are in one of ``of`` at ``age_from``.
    - ``years``: years a person spends in ``of``, between the ages if they are given.
    - ``rate``: events ``of`` a person-year in [age_from, age_to).
    - ``onset``: people in whom one of ``of`` first comes on, a person-year in [age_from, age_to).
    - ``qale``: QALYs of a person ``of`` (mother or child) from the birth on, ``discount`` a year.

    ``of`` may hold ``!state``: in one or more of the states, and in none of those with ``!``.
    Blank with ``ever`` and ``mean ever``, it is all states that count as ACEs.  ``among``, a list
    like ``requires``, says whose years (people, for ``at`` and ``ever``) are counted instead of
    those of all alive.  ``where`` limits the families by traits
    (``family.deprivation=1 mother.aces>=4``); with ``against``, another such list, the figure is
    that of ``where`` less that of ``against``.
    """

    name: str
    domain: str
    label: str
    population: str
    place: str = ""
    year: str = ""
    role: Literal["calibrated", "held_out"]
    expressed: bool
    kind: Literal[
        "", "ever", "mean ever", "share", "in year", "at", "years", "rate", "onset", "qale"
    ] = ""
    of: str = ""
    age_from: float | None = None
    age_to: float | None = None
    least: int = Field(default=1, ge=1)
    among: str = ""
    where: str = ""
    against: str = ""
    discount: float = Field(default=0.0, ge=0, lt=1)

    @property
    def key(self) -> str:
        return f"target.{self.name}"


class FreeRow(Row):
    """calibration.csv: a parameter that `calibrate` may change, between ``low`` and ``high``.

    Both are in the unit of the parameter's own table.  ``scale`` is that on which the search moves
    (``log`` for ratios and rates).  ``prior``: ``flat`` on that scale, or ``table``, the
    distribution that the parameter has in its table, within the limits.  ``ties`` names parameters
    of the same unit that are one with it: they take its value.
    """

    parameter: str
    ties: str = ""
    low: float
    high: float
    scale: Literal["linear", "log"] = "log"
    prior: Literal["flat", "table"] = "table"

    @property
    def key(self) -> str:
        return f"free.{self.parameter}"


class ClaimRow(Row):
    """claims.csv: a claim about the service, or what evidence leads to expect, and the model's own.

    ``by`` says whose it is. ``published``, or ``low`` and ``high``, is its number in ``unit``:
    ``percent``, ``per 1,000 families``, or one per family; a unit that ends in ``a year of one
    service`` says how many events pay for a service, and each place of a budget tests it.
    ``figure`` says what stands beside it: a ``measure`` named by ``of`` (``!measure`` for 1 less a
    share) of the comparator (``arm`` ``without``), of the other arm (``with``) or of their
    difference (``change``), up to the child's age ``by_age``; a ``trait`` (its mean; ``trait>=4`` a
    share); a ``parameter``; or ``none``, for which ``reason`` says why. ``population`` is the one
    that it is about.
    """

    name: str
    claim: str
    by: Literal["service", "evidence"]
    published: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    treatment: str
    figure: Literal["measure", "trait", "parameter", "none"]
    of: str = ""
    arm: Literal["", "without", "with", "change"] = ""
    by_age: int | None = Field(default=None, gt=0)
    population: str = ""
    reason: str = ""
    source: str

    @property
    def key(self) -> str:
        return self.name


TABLES: dict[str, type[Row]] = {
    "sources": SourceRow,
    "traits": TraitRow,
    "trait_levels": TraitLevelRow,
    "correlations": CorrelationRow,
    "selection": SelectionRow,
    "subgroups": SubgroupRow,
    "equity": EquityRow,
    "inequality_aversion": AversionRow,
    "states": StateRow,
    "utilities": UtilityRow,
    "trait_utilities": TraitUtilityRow,
    "utility_norms": NormRow,
    "events": EventRow,
    "rates": RateRow,
    "effects": EffectRow,
    "profiles": ProfileRow,
    "unit_costs": UnitCostRow,
    "referrals": ReferralRow,
    "payers": PayerRow,
    "perspectives": PerspectiveRow,
    "price_index": PriceIndexRow,
    "discounting": DiscountRow,
    "qaly_values": QalyValueRow,
    "measures": MeasureRow,
    "causal_outcomes": CausalOutcomeRow,
    "domains": DomainRow,
    "targets": TargetRow,
    "calibration": FreeRow,
    "claims": ClaimRow,
}
"""File stem to row class; ``rates`` is a folder of files, all the others one file each."""
