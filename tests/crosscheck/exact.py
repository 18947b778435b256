"""Exact figures of the models that have a closed form, an integral or a delay equation.

Each function takes nothing from the engine: it has the published rates in its own words and returns
figures by (arm, measure).  Discounting is (1 + r)^-t, so the force of discounting is ln(1 + r).
"""

import math
from collections.abc import Callable

import numpy as np

Figures = dict[tuple[str, str], float]


def gone(rate: float, horizon: float) -> float:
    """Return the integral of exp(-rate t) from 0 to ``horizon``."""
    return horizon if rate == 0.0 else -math.expm1(-rate * horizon) / rate


def two_states() -> Figures:
    """Return one rate of death, 0.04 a year, over 100 years."""
    rate, d, horizon = 0.04, math.log(1.035), 100.0
    later = gone(rate + d, horizon)
    figures = {
        "years": gone(rate, horizon),
        "cost_clock": later,
        "qalys": 0.8 * later,
        "cost": (1000.0 + 5000.0 * rate) * later,
        "cost_undiscounted": (1000.0 + 5000.0 * rate) * gone(rate, horizon),
        "deaths": -math.expm1(-rate * horizon),
    }
    return {("model", name): value for name, value in figures.items()}


def illness_death() -> Figures:
    """Return well -> ill -> dead and well -> dead at constant rates, over 100 years."""
    falls_ill, dies_well, dies_ill, horizon = 0.08, 0.02, 0.15, 100.0
    leaves = falls_ill + dies_well

    def well(d: float) -> float:
        return gone(leaves + d, horizon)

    def ill(d: float) -> float:
        return falls_ill / (dies_ill - leaves) * (well(d) - gone(dies_ill + d, horizon))

    d = math.log(1.035)
    figures = {
        "years_well": well(0.0),
        "years_ill": ill(0.0),
        "onsets": falls_ill * well(0.0),
        "qalys": 0.9 * well(d) + 0.5 * ill(d),
        "cost": (200.0 + 3000.0 * falls_ill) * well(d) + 4000.0 * ill(d),
    }
    return {("model", name): value for name, value in figures.items()}


def gompertz_weibull() -> Figures:
    """Return two competing causes of death over 110 years, by quadrature."""
    from scipy.integrate import quad

    d = math.log(1.035)

    def survival(t: float) -> float:
        return math.exp(-0.0002 / 0.09 * math.expm1(0.09 * t) - (t / 75.0) ** 2.5)

    def integral(of: Callable[[float], float]) -> float:
        return float(quad(of, 0.0, 110.0, epsabs=1e-12, epsrel=1e-11, limit=400)[0])

    def illness(t: float) -> float:
        return 2.5 / 75.0 * (t / 75.0) ** 1.5

    later = integral(lambda t: math.exp(-d * t) * survival(t))
    last = integral(lambda t: math.exp(-d * t) * survival(t) * illness(t))
    figures = {
        "years": integral(survival),
        "cost_clock": later,
        "of_age": integral(lambda t: survival(t) * 0.0002 * math.exp(0.09 * t)),
        "of_illness": integral(lambda t: survival(t) * illness(t)),
        "qalys": 0.85 * later,
        "cost": 1200.0 * later + 20000.0 * last,
    }
    return {("model", name): value for name, value in figures.items()}


def accelerated_death() -> Figures:
    """Return sick -> sicker -> dead without end: 0.8 of the time left is a hazard of 1 / 0.8."""
    dies = 0.05
    figures: Figures = {}
    for arm, progresses, drug in (("noint", 0.2, 0.0), ("int", 0.2 * 0.7, 1000.0)):
        for d, end in ((math.log(1.035), ""), (0.0, "_undiscounted")):
            sick = 1.0 / (progresses + dies + d)
            sicker = progresses * sick / (dies / 0.8 + d)
            figures[arm, "cost" + end] = (3000.0 + drug) * sick + (7000.0 + drug) * sicker
            figures[arm, "qalys" + end] = 0.8 * sick + 0.5 * sicker
            figures[arm, "years" if end else "cost_clock"] = sick + sicker
    cost, qalys = (figures["int", x] - figures["noint", x] for x in ("cost", "qalys"))
    figures["int", "icer versus noint"] = cost / qalys
    return figures


def hip_events(step: float = 0.001) -> Figures:
    """Return the hip replacement of a woman of 60 over 60 years, a revision lasting one year.

    Among those whom other causes would leave alive, G(t): first revisions come at the Weibull
    density f(t), later ones at 0.04 a year among the revised r(t), 0.98 of i(t) revisions survive
    and are revised a year later: r'(t) = 0.98 i(t - 1) - 0.04 r(t), i(t) = 0.98 f(t) + 0.04 r(t).
    Midpoint rule in steps of ``step`` years.
    """
    lag, number = round(1.0 / step), round(60.0 / step)
    t = (np.arange(number) + 0.5) * step
    other = np.select([t < 5, t < 15, t < 25], [0.0067, 0.0193, 0.0535], 0.1548)
    alive = np.exp(-(np.cumsum(other) - other / 2) * step)
    shape = math.exp(0.3740968)
    figures: Figures = {}
    for arm, ratio, prosthesis in (("standard", 1.0, 394.0), ("NP1", math.exp(-1.344474), 579.0)):
        scale = ratio * math.exp(-5.490935 - 0.0367022 * 60)
        intact = 0.98 * np.exp(-scale * np.append(0.0, t + step / 2) ** shape)
        first = -np.diff(intact) / step
        revisions, revised = np.empty(number), np.empty(number)
        before = 0.0
        for k in range(number):
            comes = 0.98 * revisions[k - lag] if k >= lag else 0.0
            after = (before * (1 - 0.02 * step) + comes * step) / (1 + 0.02 * step)
            revised[k] = (before + after) / 2
            revisions[k] = first[k] + 0.04 * revised[k]
            before = after
        total = np.append(0.0, np.cumsum(0.98 * revisions) * step)
        since = total - np.append(np.zeros(lag), total[: number + 1 - lag])
        in_revision = (since[1:] + since[:-1]) / 2
        success = (intact[1:] + intact[:-1]) / 2

        wellbeing = 0.85 * success + 0.3 * in_revision + 0.75 * revised
        operations = alive * revisions * step
        figures[arm, "years"] = float((alive * (success + in_revision + revised)).sum() * step)
        figures[arm, "qalys"] = float((alive * wellbeing * 1.015**-t).sum() * step)
        figures[arm, "revisions"] = float(operations.sum())
        figures[arm, "cost"] = prosthesis + 5294.0 * float((operations * 1.06**-t).sum())
    return figures


def sick_sicker_by_age(step: float = 0.02) -> Figures:
    """Return the Sick-Sicker model from age 40 to 100: rates of death by age, a Weibull clock.

    With E(t) the chance to live with three times the rates of death, those who fall sick a(s) and
    K(u) the chance to stay sick for u, S1(t) = int a(s) K(t - s) E(t) / E(s) ds; who leaves S1 and
    neither recovers nor dies becomes sicker.  Trapezoidal rule in steps of ``step`` years, carried
    to steps of 0 (Richardson).
    """
    coarse, fine = _sick_sicker_by_age(2 * step), _sick_sicker_by_age(step)
    figures = {key: fine[key] + (fine[key] - coarse[key]) / 3 for key in fine}
    for arm, other in (("B", "SoC"), ("AB", "B")):
        cost, qalys = (figures[arm, x] - figures[other, x] for x in ("cost", "qalys"))
        figures[arm, f"icer versus {other}"] = cost / qalys
    return figures


def _sick_sicker_by_age(step: float) -> Figures:
    number = round(60.0 / step)
    t = np.arange(number + 1) * step
    age = 40.0 + t[:-1] + step / 2
    young = [age < 45, age < 55, age < 65, age < 75, age < 85]
    dies = np.select(young, [0.00099, 0.0026, 0.0067, 0.0193, 0.0535], 0.1548)
    lives3 = np.exp(-3.0 * np.append(0.0, np.cumsum(dies) * step))
    figures: Figures = {}
    for arm, ratio, better, drug in (
        ("SoC", 1.0, 0.75, 0.0), ("A", 1.0, 0.95, 12e3), ("B", 0.6, 0.75, 13e3),
        ("AB", 0.6, 0.95, 25e3),
    ):  # fmt: skip
        stays = np.exp(-0.5 * t - ratio * 0.08 * t**1.1)
        well, sick, sicker = (np.zeros(number + 1) for _ in range(3))
        well[0] = 1.0
        falls = np.zeros(number + 1)  # a(s) / E(s), its first half
        falls[0] = 0.5 * 0.15
        for k in range(number):
            earlier = step * lives3[k + 1] * float(falls[: k + 1] @ stays[k + 1 : 0 : -1])
            leaves, h = 0.15 + dies[k], step / 2
            known = well[k] * (1 - h * leaves) + h * 0.5 * (sick[k] + earlier)
            well[k + 1] = known / (1 + h * leaves - h * 0.5 * h * 0.15)
            sick[k + 1] = earlier + h * 0.15 * well[k + 1]
            falls[k + 1] = 0.15 * well[k + 1] / lives3[k + 1]
            between = h * (sick[k] + sick[k + 1])
            comes = (
                0.15 * h * (well[k] + well[k + 1])
                - (0.5 + 3 * dies[k]) * between
                - (sick[k + 1] - sick[k])
            )
            sicker[k + 1] = (sicker[k] * (1 - 10 * dies[k] * h) + comes) / (1 + 10 * dies[k] * h)
        weight = 1.03**-t

        def flow(x: np.ndarray, worth: np.ndarray | None = None) -> np.ndarray:
            x = x if worth is None else x * worth
            return (x[1:] + x[:-1]) / 2 * step

        figures[arm, "years"] = float(flow(well + sick + sicker).sum())
        figures[arm, "years_s2"] = float(flow(sicker).sum())
        figures[arm, "onsets"] = 0.15 * float(flow(well).sum())
        figures[arm, "qalys"] = float(flow(well + better * sick + 0.5 * sicker, weight).sum())
        spent = (2000 + 150) * well + (4000 + drug) * sick + (15000 + drug) * sicker
        deaths = dies * flow(well + 3 * sick + 10 * sicker, weight)
        figures[arm, "cost"] = float(flow(spent, weight).sum() + 2000 * deaths.sum())
    return figures


MODELS: dict[str, Callable[[], Figures]] = {
    "two_states": two_states,
    "illness_death": illness_death,
    "gompertz_weibull": gompertz_weibull,
    "accelerated_death": accelerated_death,
    "hip_events": hip_events,
    "sick_sicker_by_age": sick_sicker_by_age,
}
"""Name of a model's folder to its exact figures."""
