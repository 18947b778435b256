"""The page 'How this model was verified', in the order of AdViSHE."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from babs_sim.analysis.verification import DOMAINS, Verification
from babs_sim.results import Results

ALWAYS = ("seen", "derived", "recalled", "assumption")


@dataclass(frozen=True, slots=True)
class Miss:
    """A published figure that the model does not reach."""

    label: str
    published: str
    simulated: str
    reason: str


@dataclass(frozen=True, slots=True)
class Validated:
    """What `babs-sim validate` found, and whether it read the same tables."""

    created: str
    same_tables: bool
    in_band: tuple[int, int]
    held_out: tuple[int, int]
    misses: tuple[Miss, ...]


def validated_in(results: Results, files: Mapping[str, str]) -> Validated:
    """Return what a folder of `babs-sim validate` says; ``files`` are digests of today's tables."""
    manifest = results.manifest
    known = manifest["inputs"]["files"]
    table = results.table("validation")
    missed = table[table["in_band"] == "no"]
    near, held = manifest["in_band"]["expressed"], manifest["in_band"]["held_out"]
    return Validated(
        created=str(manifest["created"]),
        same_tables=all(files.get(name, digest) == digest for name, digest in known.items()),
        in_band=(int(near[0]), int(near[1])),
        held_out=(int(held[0]), int(held[1])),
        misses=tuple(
            Miss(f"{row['target']} ({row['population']})", f"{row['published']:.4g}",
                 f"{row['simulated']:.4g}", row["note"] or "no reason known")
            for row in missed.to_dict("records")
        ),
    )  # fmt: skip


def verification_page(
    found: Verification, command: str, facts: Mapping[str, object], validated: Validated | None
) -> str:
    """Return the page as HTML; ``facts`` is the manifest of the verification."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("babs_sim.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    subject = found.subject
    statuses = Counter(p.status for p in subject.model.parameters.values())
    sections = [
        (label, [one for one in found.findings if one.domain == name])
        for name, label in DOMAINS.items()
    ]
    return pages.get_template("verification.html").render(
        title=subject.experiment.title,
        command=command,
        created=str(facts["created"])[:10],
        version=_version(facts),
        fingerprint=subject.model.fingerprint[:8],
        families=f"{subject.experiment.cohort.families:,}",
        years=subject.experiment.cohort.horizon_years,
        place=subject.model.place,
        numbers=f"{len(subject.model.parameters):,}",
        statuses=[(name, f"{statuses.get(name, 0):,}") for name in ALWAYS],
        varied=sum(p.distribution != "fixed" for p in subject.model.parameters.values()),
        passed=found.count(True),
        failed=found.count(False),
        left_out=found.count(None),
        total=len(found.findings),
        seconds=f"{found.seconds:.0f}",
        sections=sections,
        validated=validated,
    )


def _version(facts: Mapping[str, object]) -> str:
    versions = facts["versions"]
    return str(versions["babs-sim"]) if isinstance(versions, Mapping) else ""
