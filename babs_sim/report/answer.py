"""The question, and its answer in two sentences that are made of the numbers."""

from dataclasses import dataclass

from babs_sim.analysis.wording import number, pounds
from babs_sim.report.subject import Estimate, Subject

SCALE = (
    (0.99, "almost certain"),
    (0.9, "very likely"),
    (0.66, "likely"),
    (0.33, "about as likely as not"),
    (0.1, "unlikely"),
    (0.01, "very unlikely"),
    (0.0, "almost ruled out"),
)
"""Words for a chance, from this share up."""

IN_DRAWS = "95 % of model runs"
BY_CHANCE = "95 % interval for chance in the simulation alone"
SAVES, COSTS, UNCERTAIN = "saves", "costs", "uncertain"


@dataclass(frozen=True, slots=True)
class Setting:
    """What a sentence must say beside its figures, and the names of the arms."""

    arm: str
    comparator: str
    payer: str
    years: int
    price_year: str
    qaly_value: float


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer: what kind of answer, and its sentences on money and on health."""

    kind: str
    question: str
    money: str
    health: str


def answer_of(subject: Subject) -> Answer:
    """Return the question of a run and its answer."""
    terms = subject.manifest["terms"]
    setting = Setting(
        subject.arm, subject.comparator, subject.payer, subject.years, str(terms["price_year"]),
        float(terms["qaly_value"]["pounds"]),
    )  # fmt: skip
    cost, qalys, worth = (
        subject.estimate(name) for name in ("cost", "qalys", "net_monetary_benefit")
    )
    assert cost is not None
    question = (
        f"Does {subject.arm} pay for itself, and is it worth its cost, for {subject.families}, "
        f"compared with {subject.comparator}, up to the child’s age of {subject.years}?"
    )
    kind = kind_of(cost)
    say = {SAVES: says_saves, COSTS: says_costs, UNCERTAIN: says_uncertain}[kind]
    health = says_health(qalys, worth, setting) if qalys and worth else ""
    return Answer(kind, question, say(cost, setting), health)


def kind_of(cost: Estimate) -> str:
    """Return whether the service saves money, costs money, or the interval leaves that open.

    >>> kind_of(Estimate(-5, -9, -1)), kind_of(Estimate(5, 1, 9)), kind_of(Estimate(5, -1, 9))
    ('saves', 'costs', 'uncertain')
    """
    return {-1: SAVES, 1: COSTS, 0: UNCERTAIN}[cost.side]


def says_saves(cost: Estimate, setting: Setting) -> str:
    """Say that the whole interval of the net cost lies below 0."""
    low, high = pounds(-cost.high), pounds(-cost.low)
    verb = "saves" if cost.draws else "would save"
    return (
        f"{_opening(cost)}{setting.arm} {verb} the {setting.payer} more than it costs: on average "
        f"{pounds(-cost.value)} a family ({_kind(cost)}: {low} to {high}) {_when(setting)}"
        f"{_saving(cost)}{_unexamined(cost)}."
    )


def says_costs(cost: Estimate, setting: Setting) -> str:
    """Say that the whole interval of the net cost lies above 0."""
    verb = "costs" if cost.draws else "would cost"
    return (
        f"{_opening(cost)}{setting.arm} {verb} the {setting.payer} more than it saves: on average "
        f"{pounds(cost.value)} a family ({_kind(cost)}: {pounds(cost.low)} to "
        f"{pounds(cost.high)}) {_when(setting)}{_saving(cost)}{_unexamined(cost)}."
    )


def says_uncertain(cost: Estimate, setting: Setting) -> str:
    """Say that the interval of the net cost holds 0."""
    if cost.low == cost.high == 0:
        return (
            f"{_opening(cost)}{setting.arm} changes nothing in what the {setting.payer} pays, "
            f"{_when(setting)}{_unexamined(cost)}."
        )
    amount = f"{pounds(abs(cost.value))} a family {'more' if cost.value >= 0 else 'less'}"
    return (
        f"Whether {setting.arm} pays for itself is uncertain: on average it costs the "
        f"{setting.payer} {amount} ({_kind(cost)}: from {_direction(cost.low)} to "
        f"{_direction(cost.high)}) {_when(setting)}{_saving(cost)}{_unexamined(cost)}."
    )


def says_health(qalys: Estimate, worth: Estimate, setting: Setting) -> str:
    """Say what health is gained or lost, and whether that is worth the cost."""
    per = qalys.times(1000)
    verb = {1: "gains health", -1: "loses health", 0: "may gain or lose health"}[qalys.side]
    start = "It" if worth.draws else "If the model’s numbers are right, it"
    text = (
        f"{start} {verb}: {number(per.value)} QALYs per 1,000 families, mothers and children "
        f"together ({number(per.low)} to {number(per.high)}); at "
        f"{pounds(setting.qaly_value)} a QALY "
    )
    benefit = (
        f"(net benefit {pounds(worth.value)} a family, {pounds(worth.low)} to {pounds(worth.high)})"
    )
    if worth.side > 0:
        text += f"that is worth what it costs {benefit}"
    elif worth.side < 0:
        text += f"that is not worth what it costs {benefit}"
    else:
        text += f"whether that is worth what it costs is not settled {benefit}"
    if worth.draws:
        share = 1.0 - worth.below
        text += f"; that it is worth it is {likely(share)} ({in_runs(share, worth.draws)})"
    return f"{text}."


def likely(share: float) -> str:
    """Return a chance in words.

    >>> likely(0.97), likely(0.5), likely(0.02)
    ('very likely', 'about as likely as not', 'very unlikely')
    """
    return next(words for least, words in SCALE if share >= least)


def in_runs(share: float, draws: int) -> str:
    """Return a share of the draws, never as more than was seen.

    >>> in_runs(0.25, 200), in_runs(1.0, 200), in_runs(0.0, 200)
    ('50 of 200 model runs', 'all 200 model runs', 'none of 200 model runs')
    """
    if share >= 1:
        return f"all {draws:,} model runs"
    many = f"{round(share * draws):,}" if share > 0 else "none"
    return f"{many} of {draws:,} model runs"


def _opening(cost: Estimate) -> str:
    return "" if cost.draws else "If every number in the model were right, "


def _kind(cost: Estimate) -> str:
    return IN_DRAWS if cost.draws else BY_CHANCE


def _when(setting: Setting) -> str:
    return f"by the child’s age of {setting.years}, discounted, in prices of {setting.price_year}"


def _saving(cost: Estimate) -> str:
    if not cost.draws:
        return ""
    return f"; that it saves money is {likely(cost.below)} ({in_runs(cost.below, cost.draws)})"


def _unexamined(cost: Estimate) -> str:
    return "" if cost.draws else "; how uncertain the model’s numbers are, this run did not ask"


def _direction(cost: float) -> str:
    return f"{pounds(abs(cost))} {'saved' if cost < 0 else 'more'}"
