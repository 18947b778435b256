"""What a run does not count, said from its own tables."""

from dataclasses import dataclass

from babs_sim.report.subject import Subject


@dataclass(frozen=True, slots=True)
class Outside:
    """Costs that the ledger holds and the sum of the perspective does not."""

    payer: str
    items: tuple[str, ...]


def outside(subject: Subject) -> list[Outside]:
    """Return the costs of the ledger that are not in the perspective, by payer."""
    perspective = subject.manifest["terms"]["perspective"]
    payers, items = set(perspective["payers"]), set(perspective["items"])
    ledger = subject.table("ledger")
    pairs = ledger[~(ledger["payer"].isin(payers) & ledger["item"].isin(items))]
    labels = _cost_labels(subject)
    found = []
    for payer in dict.fromkeys(pairs["payer"]):
        names = sorted(set(pairs[pairs["payer"] == payer]["item"]))
        label = str(subject.manifest["payers"].get(payer, payer))
        found.append(Outside(label, tuple(labels.get(name, name) for name in names)))
    return found


def unanswered(subject: Subject) -> list[tuple[str, str]]:
    """Return claims about the service for which the run has no figure, and why (claims.csv)."""
    if not subject.has("claims"):
        return []
    frame = subject.table("claims")
    rows = frame[(frame["reason"] != "") & (frame["by"] == "service")]
    return [(str(row["claim"]), str(row["reason"])) for row in rows.to_dict("records")]


def general(subject: Subject) -> list[str]:
    """Return what holds for any run with this horizon, population and uncertainty."""
    said = [
        f"Anything after the child’s age of {subject.years}, and any person other than the mother "
        "and the index child, unless a number says otherwise.",
        "Whatever no row of the tables stands for. A cost or gain that is not listed under "
        "‘Every number’ is not in the result.",
    ]
    if not subject.draws:
        said.append(
            "How uncertain the numbers are: this run used one value for each. Its intervals are "
            "for chance in the simulation alone and are far too narrow for a decision."
        )
    if not subject.has("pathway"):
        said.append("Waiting for a place: in this run families start by chance, not by capacity.")
    said.append(
        "Other shapes of the model. Draws and bars vary numbers, not which causes are in the model."
    )
    return said


def _cost_labels(subject: Subject) -> dict[str, str]:
    frame = subject.table("parameters")
    rows = frame[frame["name"].str.startswith("cost.")]
    return {
        str(name).removeprefix("cost."): str(label)
        for name, label in zip(rows["name"], rows["label"], strict=True)
        if label != name
    }
