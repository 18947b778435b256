"""Published and exact event-driven models, written as table sets for the ordinary engine."""

from typing import Any

from tests.folders import CHILD, base, event, state

Tables = dict[str, list[dict[str, Any]]]


def discounting(rate: float) -> list[dict[str, Any]]:
    """Return a scheme ``flat`` at a yearly rate beside ``none``."""
    rows = base("discounting")
    for what in ("costs", "health"):
        rows.append({"scheme": "flat", "applies_to": what, "from_year": 0, "value": rate})
    return rows


def cost(name: str, state_name: str, pounds: float) -> dict[str, Any]:
    """Return the cost of a year in a state."""
    return {
        "name": name, "label": name, "applies_to": state_name, "basis": "per year",
        "payers": "nhs", "kind": "fiscal", "cashable": 1, "price_year": "2024/25",
        "index": "flat", "value": pounds,
    }  # fmt: skip


def shared_w1(rates: list[float], death: float, discount: float) -> Tables:
    """Six competing exponential clocks; the state is the type of the last recurrent event."""
    kinds = range(len(rates))
    states = [f"child.s{k}" for k in kinds]
    return {
        "states": [CHILD, *(state(s, starts_if="family.one" if s == "child.s0" else "")
                            for s in states)],
        "events": [
            *(event(f"child.e{k}", sets=states[k],
                    clears=" ".join(s for s in states if s != states[k])) for k in kinds),
            event("child.death", ends="true"),
        ],
        "rates": [
            *({"event": f"child.e{k}", "age_from": 0, "value": rates[k]} for k in kinds),
            {"event": "child.death", "age_from": 0, "value": death},
        ],
        "utilities": [{"state": s, "value": 1 - 0.05 * k} for k, s in enumerate(states)],
        "unit_costs": [cost(f"s{k}", s, 100 + 50 * k) for k, s in enumerate(states)],
        "discounting": discounting(discount),
    }  # fmt: skip


def illness_death(
    clocks: dict[str, dict[str, Any]],
    utility: dict[str, float],
    pounds: dict[str, float],
    discount: float,
) -> Tables:
    """Healthy and sick with recovery and death from both; ``clocks`` by H_S, S_H, H_D, S_D.

    Each clock is ``{"rate": r}`` or ``{"shape": k, "scale": s}`` (Weibull, reset at each entry).
    """
    on = {"H": "child.well", "S": "child.sick"}
    events, rates = [], []
    for name, numbers in clocks.items():
        origin, to = name.split("_")
        label = f"child.{name.lower()}"
        weibull = "shape" in numbers
        ways = {"ends": "true"} if to == "D" else {"sets": on[to], "clears": on[origin]}
        events.append(
            event(label, "since", law="weibull" if weibull else "exponential",
                  requires=on[origin], **ways)
        )  # fmt: skip
        units = {"rate": "per year", "shape": "ratio", "scale": "years"}
        rates += [
            {"event": label, "quantity": q, "value": v, "unit": units[q]}
            for q, v in numbers.items()
        ]
    return {
        "states": [CHILD, state(on["H"], starts_if="family.one"), state(on["S"])],
        "events": events,
        "rates": rates,
        "utilities": [{"state": on[s], "value": utility[s]} for s in on],
        "unit_costs": [cost(s.lower(), on[s], pounds[s]) for s in on],
        "discounting": discounting(discount),
    }
