"""CHEERS 2022 and STRESS-DES, filled from the run; what is not covered says so."""

from dataclasses import dataclass

from babs_sim.report.subject import Subject

NOT_REPORTED = "Not reported."


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a checklist: its number, name, what the run says, and the section with more."""

    number: str
    name: str
    said: str
    section: str = ""

    @property
    def covered(self) -> bool:
        """Return whether the run says anything."""
        return not self.said.startswith(NOT_REPORTED)


def cheers(subject: Subject) -> list[Item]:
    """Return the 28 items of CHEERS 2022."""
    facts = subject.manifest
    terms = facts["terms"]
    worth = f"£{terms['qaly_value']['pounds']:,.0f}"
    subgroups, equity = subject.has("subgroups"), subject.has("equity")
    sure = _uncertainty(subject)
    numbers = len(subject.table("parameters"))
    measures = len(facts["measures"])
    said = (
        ("Title", f"{facts['title']}.", "answer"),
        ("Abstract", "The question and its answer in two sentences, and the headline block.",
         "answer"),
        ("Background and objectives", "The question stands first; its policy context is "
         "that of the service’s own claims, which claims.html sets beside the model’s figures."
         if subject.has("claims") else "The question stands first; its background is not reported.",
         "answer"),
        ("Health economic analysis plan", f"{NOT_REPORTED} No plan was registered. The "
         "experiment file fixes what is run, and its fingerprint is given.", "run"),
        ("Study population", f"{_capital(subject.families)}; {facts['families']:,} simulated "
         "families, mother and index child together.", "answer"),
        ("Setting and location", f"Place: {_place(subject)}.", "run"),
        ("Comparators", f"{subject.arm} against {subject.comparator}"
         + (f"; other arms: {', '.join(subject.others[1:])}" if subject.others[1:] else "")
         + ". What each arm sets is listed.", "run"),
        ("Perspective", f"{terms['perspective']['label']}; each payer also by itself.", "money"),
        ("Time horizon", f"From entry to the child’s age of {subject.years}.", "answer"),
        ("Discount rate", f"{_capital(subject.discounting)}.", "answer"),
        ("Selection of outcomes", f"{measures} measures, named in the tables before the run; all "
         "are shown, those without a clear change too.", "outcomes"),
        ("Measurement of outcomes", "Events and time in states, counted in the simulated lives; "
         "rates and effects with their sources.", "parameters"),
        ("Valuation of outcomes", f"QALYs: norm by age and sex times the utility ratios of "
         f"states; {worth} a QALY.", "parameters"),
        ("Measurement and valuation of resources and costs", "Quantities from the simulated "
         "lives times unit costs, by payer; unit costs with source and price year.", "parameters"),
        ("Currency, price date, and conversion", f"Pounds sterling in prices of "
         f"{terms['price_year']}; older prices moved by the stated indices.", "parameters"),
        ("Rationale and description of model", "Event-driven microsimulation of mother and child "
         "(a generalised semi-Markov process); tables and program are open.", "run"),
        ("Analytics and assumptions", f"{_capital(sure)}. Both arms follow the same families "
         "with the same random numbers.", "sure"),
        ("Characterising heterogeneity", "By subgroup, in a table."
         if subgroups else f"{NOT_REPORTED} This run has no subgroups.", "equity"),
        ("Characterising distributional effects", "Health gained and given up by band, and "
         "indices of inequality." if equity else f"{NOT_REPORTED} This run has no analysis "
         "‘equity’.", "equity"),
        ("Characterising uncertainty", f"{_capital(sure)}.", "sure"),
        ("Approach to engagement with patients and others affected",
         f"{NOT_REPORTED} No record of it is part of a run.", ""),
        ("Study parameters", f"All {numbers:,} numbers with value, interval, distribution, grade "
         "and source.", "parameters"),
        ("Summary of main results", "The headline block, costs by payer and outcomes.", "brief"),
        ("Effect of uncertainty", f"{_capital(sure)}.", "sure"),
        ("Effect of engagement with patients and others affected",
         f"{NOT_REPORTED} No record of it is part of a run.", ""),
        ("Study findings, limitations, generalisability, and current knowledge",
         "What is not counted and what rests on assumptions; figures hold for the place and "
         "population of the run.", "limits"),
        ("Source of funding", NOT_REPORTED, ""),
        ("Conflicts of interest", NOT_REPORTED, ""),
    )  # fmt: skip
    return [Item(str(i), name, text, part) for i, (name, text, part) in enumerate(said, start=1)]


def stress_des(subject: Subject) -> list[Item]:
    """Return the items of STRESS-DES."""
    facts = subject.manifest
    team = subject.has("pathway")
    versions = facts["versions"]
    first = f"babs_sim {versions['babs-sim']}"
    said = (
        ("1.1", "Purpose of the model", "The question stands first.", "answer"),
        ("1.2", "Model outputs", f"{len(facts['measures'])} measures by arm, costs by payer and "
         "year, events by age; each CSV is listed.", "run"),
        ("1.3", "Experimentation aims", f"{subject.arm} against {subject.comparator}; what each "
         "arm changes is listed.", "run"),
        ("2.1", "Base model overview diagram", f"{NOT_REPORTED} Not on this page: the command "
         "‘babs-sim causes’ draws it from the tables.", ""),
        ("2.2", "Base model logic", "Events enabled by states, one clock each; the fastest fires. "
         "Described on the first page of babs_sim/reference.", "run"),
        ("2.3", "Scenario logic", "Arms differ only by the parameters that they set.", "run"),
        ("2.4", "Algorithms", "Next-event simulation with random time change (one exponential "
         "threshold an event and episode), rates centred so that the general population keeps its "
         "published rates.", "run"),
        ("2.5.1", "Components: entities", "Families: a mother and her index child.", "answer"),
        ("2.5.2", "Components: activities", "Sessions and assessments of the service, and spells "
         "in states; their costs are in the table of numbers.", "parameters"),
        ("2.5.3", "Components: resources", "A team with places by role (pathway.csv)." if team else
         "None: in this run families do not wait for a team.", "run"),
        ("2.5.4", "Components: queues", "A waiting list with priorities (pathway_time.csv)."
         if team else "None in this run.", "run"),
        ("2.5.5", "Components: entry and exit points", f"Families enter when they are referred or "
         f"drawn, and leave at death or the child’s age of {subject.years}.", "answer"),
        ("3.1", "Data sources", "Each number names its source.", "parameters"),
        ("3.2", "Pre-processing", "Prices moved to one year; odds ratios and probabilities "
         "converted to rates as the notes of numbers say.", "parameters"),
        ("3.3", "Input parameters", f"{len(subject.table('parameters')):,} numbers, listed.",
         "parameters"),
        ("3.4", "Assumptions", "Numbers of grade C and status ‘assumption’ are counted, and "
         "can be searched for.", "limits"),
        ("4.1", "Initialisation", "Families are drawn from the joint distribution of traits and "
         "entry states; no warm-up is needed without a team.", "run"),
        ("4.2", "Run length", f"To the child’s age of {subject.years}.", "answer"),
        ("4.3", "Estimation approach", f"{facts['families']:,} families in "
         f"{facts['monte_carlo']['blocks']} blocks; Monte Carlo error by "
         f"{facts['monte_carlo']['method']}.", "run"),
        ("5.1", "Software or programming language", f"{first}, Python {versions['python']}, "
         f"numba {versions['numba']}, numpy {versions['numpy']}.", "run"),
        ("5.2", "Random sampling", f"Addressed uniforms: seed {facts['seed']}, family, event and "
         "episode each give one number, the same in both arms.", "run"),
        ("5.3", "Model execution", "Next event first; results do not depend on the number of "
         "workers, batches or back-end.", "run"),
        ("5.4", "System specification", f"{facts['platform']}; {facts['seconds']:.1f} seconds for "
         "the base case.", "run"),
        ("6.1", "Computer model sharing statement", "MIT licence; command, seed and "
         "fingerprints to see it again are given.", "run"),
    )  # fmt: skip
    return [Item(*one) for one in said]


def _uncertainty(subject: Subject) -> str:
    parts = []
    if subject.draws:
        parts.append(f"{subject.draws:,} draws of all uncertain parameters together")
    else:
        parts.append("no draws of the parameters: intervals are for chance in the simulation alone")
    if subject.has("tornado"):
        parts.append("each parameter by itself (tornado)")
    for table, words in (("compare", "scenarios"), ("two_way", "two parameters at a time"),
                         ("morris", "Morris screening"), ("sobol", "Sobol indices")):  # fmt: skip
        if subject.has(table):
            parts.append(words)
    return "; ".join(parts)


def _place(subject: Subject) -> str:
    place = str(subject.manifest["place"])
    return place.replace("_", " ").title() if place else "none named"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
