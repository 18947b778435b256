"""The model a second time, one family at a time and to be read: a twin of the compiled engine.

The engine in ``lifecourse`` is fast and hard to read; this one is slow and plain. It is written
from the design and the documentation of the tables, shares only tables, random numbers and the
types of handover with the engine, and gives the same lives: for the same seed every event is the
same, at the same time to 1e-9 years.

The semantics on one page
-------------------------

**Time** is the age of the child in years, negative in pregnancy. A family enters at
``family.entry`` and is followed to the horizon; what falls on the horizon itself does not happen.
The mother is there from entry. The child comes at its birth (age 0, or at entry where that is
later), whatever has happened before. A person comes with the state that says that they live, and
with each state whose trait in ``starts_if`` is above 0.

**An event is possible** while all the states that it requires are on or off as it wants and its
person lives (if a state says so; a person without such a state always does).

**When it happens** its clock decides. Each clock has thresholds, exponential with mean 1:
-ln(uniform of seed, family, name of the event, episode), episodes numbered from 0.

- ``age``: the event happens when the integral of its hazard, over the time in which it is possible,
  reaches the threshold. What is left of a threshold is kept while the event is not possible; the
  next one belongs to the next episode and begins when the event has happened.
- ``since``: each time the event becomes possible an episode begins, with a fresh threshold and with
  the law's time at 0. An event that is still possible after it has happened begins again.
- ``at``: one chance, taken when its person reaches the age, if the event is possible at that
  moment; it is never taken again. It succeeds if the threshold of episode 0 is at most the hazard
  mass -ln(1 - p), multiplied by the ratios at that moment. Where no row gives a chance for the sex
  of the child, there is none.

**The hazard** is the rate of the tables, times its centring factor, times the ratios of all
effects. A rate holds in [age_from, age_to) of its person's age, from 0 where there is no lower
limit; a probability p of a band of n years is the rate -ln(1 - p) / n. The mother's age is her age
at the birth plus that of the child. A ratio scales the hazard of a law, not its time.

**Ratios.** ``per unit``: the ratio to the power of the trait or counter, where a number above the
cap counts as the cap and each unit beyond the knot as ``beyond`` of one. ``level``: the ratio at
that level. With limits of age, only in [age_from, age_to) of the person's age. ``while``: the state
is on. ``ever``: it has been on, now included. With a causal share k the ratio acts to the power k,
and where the carrier is 1, the ratio to the power 1 - k acts for good. ``count(event)`` counts how
often an event has happened to the family; ``child.ace_count`` the states marked ``ace`` that have
come on at least once, those at the start included.

**Exposures.** From its start on, an exposure multiplies by 1 + w (ratio^dose - 1). The weight w is
1 to the age ``hold_to`` of the child, and then floor + (1 - floor) 2^(-(age - hold_to) /
half-life). It is taken in steps that begin at each quarter of a year before 6 and at each year from
6 on; the last ends at the horizon. In a step w is its mean over the whole step, wherever the
exposure starts; in a step that begins ten half-lives after ``hold_to`` or later it is the floor.

**An event that happens** counts, then turns off what it clears, then, if it ends a life, every
state of its person, then turns on what it sets. A state that is on cannot come on again; one of a
person who does not live cannot come on at all. Clocks look again when all this is done; a clock
that finds its event possible as before, in the middle of it, goes on as if nothing had happened.

**At the same moment** the birth comes first, then events in the order of ``order``, then of their
names. Each is done, and clocks have looked again, before the next. An event that one of them has
made impossible does not happen; one that it has made possible, and whose moment it is, does.

**Quantities.** Year 0 of follow-up is from entry to the birth, year y from age y - 1 to y. A stay
in a state ends with the state, with its person's life or at the horizon. An onset is the first time
that a state comes on, at the start included; the n-th ACE of the child is the n-th onset of a state
marked ``ace``. A person's utility is the norm of their sex (the mother is female) at the age last
birthday in the middle of the year of follow-up, in a straight line between the ages of the table,
times the ratios of the levels of their traits and the family's, times those of all their states
that are on; after death 0.

The modules: `rules` reads the tables, `effects` and `hazards` hold the arithmetic, `family` the
processes, `accounts` adds up.
"""

from babs_sim.reference.accounts import ledger_of, utility_of, years_between
from babs_sim.reference.family import Life, Spell, live, live_families
from babs_sim.reference.rules import Centring, Rules, rules_of

__all__ = [
    "Centring",
    "Life",
    "Rules",
    "Spell",
    "ledger_of",
    "live",
    "live_families",
    "rules_of",
    "utility_of",
    "years_between",
]
