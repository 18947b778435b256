"""Cases with exact answers, run by the ordinary engine from tables, within 4 Monte Carlo errors.

The expected figures are exact (matrix exponential; renewal equations).  The test command runs
200,000 persons; ``BABS_SIM_CASE_PERSONS`` sets another number, such as 1000000.
"""

import math
import os
from pathlib import Path

import numpy as np
import pytest

from babs_sim.economics import discount_weights
from babs_sim.parameters import read_parameters
from tests.crosscheck.published import Tables, illness_death, shared_w1
from tests.folders import write_folder
from tests.lives import Lived, lives

PERSONS = int(os.environ.get("BABS_SIM_CASE_PERSONS", "200000"))
BLOCKS = 50
SEEDED = 7

W1_RATES, W1_DEATH = [0.12, 0.09, 0.07, 0.05, 0.02], 0.0125
W1 = {
    "life_years": 57.07961625118465,
    "life_years_disc": 20.870490627302782,
    "cost": 9277.627047733264,
    "cost_disc": 3293.2194890383903,
    "qaly": 53.50995082856985,
    "qaly_disc": 19.66432020099467,
    "events": 19.97786568791463,
    "alive": 0.2865047968601901,
    "disc_s0": 8.808786364221657,
    "disc_s4": 1.0488438489635736,
}
R1_CLOCKS = {
    "H_S": {"rate": 0.2}, "H_D": {"rate": 0.01}, "S_H": {"rate": 0.5}, "S_D": {"rate": 0.05},
}  # fmt: skip
R1 = {
    "years_H": 31.170865339338455,
    "years_S": 11.272681422405448,
    "life_years_disc": 18.242750208533934,
    "qaly": 34.81738765884788,
    "qaly_disc": 15.023480157083926,
    "cost": 49403.47693688557,
    "cost_disc": 20746.333692572098,
    "H_S": 6.234173067867691,
    "S_H": 5.636340711202724,
    "alive": 0.12465727548634964,
}
R2_CLOCKS = {
    "H_S": {"shape": 1.5, "scale": 5},
    "H_D": {"shape": 1.2, "scale": 60},
    "S_H": {"shape": 0.8, "scale": 1.5},
    "S_D": {"shape": 0.9, "scale": 15},
}
R2 = {
    "years_H": 27.979876179545034,
    "years_S": 8.883004938485815,
    "life_years_disc": 16.591809856015427,
    "qaly": 30.511691524682018,
    "qaly_disc": 13.822741436189897,
    "cost": 40638.95290522996,
    "cost_disc": 17544.96687987428,
    "H_S": 6.113408137698122,
}
UTILITY, POUNDS = {"H": 0.9, "S": 0.6}, {"H": 500, "S": 3000}


def figures(
    folder: Path, tables: Tables, horizon: float, pounds: dict[str, float], events: dict[str, str]
) -> dict[str, tuple[float, float]]:
    """Return mean and standard error of each figure, from blocks with their own seeds."""
    write_folder(folder, tables)
    model = read_parameters([folder])
    parts: list[dict[str, float]] = []
    for block in range(BLOCKS):
        lived = lives(folder, horizon, PERSONS // BLOCKS, seed=SEEDED + block, log=False)
        years = lived.tally.years_in_states() / lived.families
        weights = discount_weights(model, model.values(), "flat", "health", 0.0, years.shape[1])
        flat = np.zeros_like(weights)
        flat[:, 0] = 1.0
        row = {name: s for s, name in enumerate(lived.compiled.names.states)}
        part: dict[str, float] = {}
        for suffix, w in (("", flat), ("_disc", weights)):
            time = (years * w).sum(axis=(1, 2))
            part["life_years" + suffix] = time[row["child.alive"]]
            part["cost" + suffix] = sum(p * time[row[s]] for s, p in pounds.items())
            qalys = lived.tally.qalys[1, :-1] / lived.families
            part["qaly" + suffix] = float((qalys * w).sum())
            for s in pounds:
                part[f"{s}{suffix}"] = time[row[s]]
        part |= {k: counted(lived, names) for k, names in events.items()}
        part["alive"] = 1.0 - counted(lived, events["death"])
        parts.append(part)
    return {
        k: (
            float(np.mean([part[k] for part in parts])),
            float(np.std([part[k] for part in parts], ddof=1) / math.sqrt(BLOCKS)),
        )
        for k in parts[0]
    }


def counted(lived: Lived, names: str) -> float:
    """Return events per person of all the named events together."""
    return sum(lived.counted(name) for name in names.split())


def check(found: dict[str, tuple[float, float]], expected: dict[str, float]) -> None:
    """Every figure lies within 4 standard errors of the exact one, and the error is small."""
    for name, exact in expected.items():
        mean, error = found[name]
        assert 0.0 < error < 0.02 * exact * math.sqrt(200_000 / PERSONS), name
        assert abs(mean - exact) <= 4.0 * error, (name, mean, exact, error)


def test_six_competing_clocks(tmp_path: Path) -> None:
    tables = shared_w1(W1_RATES, W1_DEATH, math.expm1(0.035))
    pounds = {f"child.s{k}": 100.0 + 50.0 * k for k in range(5)}
    recurrent = " ".join(f"child.e{k}" for k in range(5))
    found = figures(tmp_path, tables, 100.0, pounds, {"events": recurrent, "death": "child.death"})
    found |= {"disc_s0": found["child.s0_disc"], "disc_s4": found["child.s4_disc"]}
    check(found, W1)


@pytest.mark.parametrize(
    ("clocks", "horizon", "expected"), [(R1_CLOCKS, 100.0, R1), (R2_CLOCKS, 1000.0, R2)]
)
def test_illness_and_death(
    tmp_path: Path,
    clocks: dict[str, dict[str, float]],
    horizon: float,
    expected: dict[str, float],
) -> None:
    tables = illness_death(clocks, UTILITY, POUNDS, 0.035)
    pounds = {"child.well": POUNDS["H"], "child.sick": POUNDS["S"]}
    events = {"H_S": "child.h_s", "S_H": "child.s_h", "death": "child.h_d child.s_d"}
    found = figures(tmp_path, tables, horizon, pounds, events)
    found |= {"years_H": found["child.well"], "years_S": found["child.sick"]}
    check(found, expected)
