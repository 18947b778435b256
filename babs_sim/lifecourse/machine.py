"""The compiled model: flat arrays that the kernel reads.

Letters: E events, S states, T traits, X exposures, R rows of rates, K bands of the shared age grid
of a person, P fading profiles, F steps of the fade grid, N lists stored end to end (``*_from`` has
one more entry than there are owners; owner i has entries ``[from[i], from[i + 1])``).
Persons: 0 the mother, 1 the child.  Ages and times in years, rates per year.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from babs_sim.handover import Floats, Ints

AGE, SINCE, AT = 0, 1, 2
PER_UNIT, LEVEL = 0, 1
WHILE, EVER, COUNT = 0, 1, 2


class Machine(NamedTuple):
    """Everything that the kernel needs to know about one arm of one draw."""

    entry: float  # age of the child at which families enter (0 or negative)
    horizon: float  # age of the child from which on they are no longer followed
    person: Ints  # (E) whose event
    kind: Ints  # (E) AGE, SINCE or AT
    clock: NDArray[np.uint64]  # (E) hash of the name
    ends: Ints  # (E) person who dies, -1 for none
    need_from: Ints  # (E + 1) required states
    need_state: Ints  # (N)
    need_on: Ints  # (N) 1 on, 0 off
    set_from: Ints  # (E + 1) states set
    set_state: Ints
    clear_from: Ints  # (E + 1) states cleared
    clear_state: Ints
    row: Ints  # (E) first row of rates; AT: of masses
    key_from: Ints  # (E + 1) traits that choose among the rows
    key_trait: Ints
    key_base: Ints  # (N) level of the first row
    key_size: Ints  # (N) number of levels
    key_stride: Ints  # (N)
    edge: Floats  # (2, K + 1) limits of the age grid of each person
    bands: Ints  # (2) number of bands used
    rate: Floats  # (R, K)
    cumulative: Floats  # (R, K + 1) integral of the rate from the first edge
    at_age: Floats  # (E) age of AT events
    mass: Floats  # (R) hazard mass of AT events; inf is certain
    law: Ints  # (E) law of SINCE events
    law_a: Floats  # (E)
    law_b: Floats  # (E)
    table_from: Ints  # (E + 1) law `table`: edges and cumulative hazard at the edges
    table_edge: Floats
    table_hazard: Floats
    trait_from: Ints  # (E + 1) effects of traits
    trait_index: Ints
    trait_form: Ints  # PER_UNIT, LEVEL
    trait_log: Floats  # log ratio (per unit)
    trait_level: Floats
    trait_knot: Floats
    trait_beyond: Floats
    trait_cap: Floats
    moving_from: Ints  # (E + 1) effects of states and counters
    moving_form: Ints  # WHILE, EVER, COUNT
    moving_index: Ints  # state or counter
    moving_ratio: Floats  # ratio (WHILE, EVER) or log ratio per unit (COUNT)
    moving_knot: Floats
    moving_beyond: Floats
    moving_cap: Floats
    fading_from: Ints  # (E + 1) effects of exposures
    fading_exposure: Ints
    fading_log: Floats  # log ratio at dose 1
    fading_profile: Ints
    fade_edge: Floats  # (F + 1) steps of the fade grid, age of the child
    fade: Floats  # (P, F) mean weight of each profile in each step
    fade_last: Ints  # (P) step from which on the weight no longer changes
    state_person: Ints  # (S)
    state_trait: Ints  # (S) trait that turns it on at entry, -1 for none
    state_ace: Ints  # (S) 1 counts in counter 0
    alive: Ints  # (2) state that is on while the person lives, -1 for no such person
    follower_from: Ints  # (S + 1) events to look at when a state changes
    follower: Ints
    counter_of: Ints  # (E) counter that an event raises, -1 for none
    count_follower_from: Ints  # (C + 1) events to look at when a counter changes
    count_follower: Ints
    utility_from: Ints  # (3) states of each person with a utility ratio
    utility_state: Ints
    utility_ratio: Floats
    norm: Floats  # (M, 121) utility norm by age last birthday, one row for each kind of person
    norm_row: Ints  # (2) first row of each person
    norm_from: Ints  # (3) traits that choose among a person's rows
    norm_trait: Ints
    norm_base: Ints  # (N) level of the first row
    norm_size: Ints  # (N) number of levels
    norm_stride: Ints  # (N)
    age_trait: int  # mother's age at the birth, -1 for none
    centred: Ints  # (E) 1 if its rates are averages
    over_from: Ints  # (E + 1) over whom they are averages, like need_*
    over_state: Ints
    over_on: Ints


class Course(NamedTuple):
    """The part of a machine that hazards are walked along: a small one is cheap to pass on."""

    person: Ints
    kind: Ints
    edge: Floats
    bands: Ints
    rate: Floats
    cumulative: Floats
    law: Ints
    law_a: Floats
    law_b: Floats
    table_from: Ints
    table_edge: Floats
    table_hazard: Floats
    fading_from: Ints
    fading_exposure: Ints
    fading_profile: Ints
    fade_edge: Floats
    fade: Floats
    fade_last: Ints


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the rows of a machine's arrays, in order."""

    events: tuple[str, ...]
    states: tuple[str, ...]
    traits: tuple[str, ...]
    exposures: tuple[str, ...]
    counters: tuple[str, ...]
    rows: tuple[tuple[str, str], ...]  # (event, sex) of each block of published rates
