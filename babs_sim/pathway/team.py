"""Places that families wait for, and the people who come and go behind them, in SimPy."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from babs_sim.randomness import uniforms

Order: TypeAlias = Callable[[int, float], tuple[float, ...]]
"""Where a family stands in the list at a time: the least comes first, ties by who asked first."""


@dataclass(slots=True)
class Post:
    """One post: its role, its places, and how many reasons it has to take on nobody."""

    role: int
    slots: int
    free: int
    absences: int = 0


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells away from work: ``share`` of the time, ``length`` years each on average."""

    name: str
    share: float
    length: float


@dataclass(slots=True)
class Area:
    """Integral over [0, end) of a number that changes in steps."""

    end: float
    number: int = 0
    total: float = 0.0
    last: float = 0.0

    def add(self, now: float, change: int) -> None:
        """Let the number change at ``now``."""
        self.until(now)
        self.number += change

    def until(self, now: float) -> None:
        """Count the number up to ``now``."""
        now = min(now, self.end)
        if now > self.last:
            self.total += self.number * (now - self.last)
            self.last = now


@dataclass(slots=True)
class Places:
    """Places shared by the families of one service, given out by ``order``.

    A post that is away takes on nobody new and keeps the families that it has.  ``willing`` says
    whether a family takes the place that it is offered; if not, the next one gets it.
    """

    env: Any
    posts: list[Post]
    order: Order
    willing: Callable[[int], bool]
    listed: Area
    busy: Area
    waiting: dict[int, Any] = field(default_factory=dict)

    def ask(self, family: int) -> Any:
        """Put a family on the list; the event tells its post, or None where it is not willing."""
        event = self.env.event()
        self.waiting[family] = event
        self.listed.add(self.env.now, 1)
        self.offer()
        return event

    def full(self) -> bool:
        """Return whether no place is free now."""
        return self._free() is None

    def leave(self, family: int) -> None:
        """Take a family off the list."""
        del self.waiting[family]
        self.listed.add(self.env.now, -1)

    def release(self, post: Post) -> None:
        """Give a place back."""
        post.free += 1
        self.busy.add(self.env.now, -1)
        self.offer()

    def offer(self) -> None:
        """Give free places to families, as long as there are both."""
        while self.waiting:
            post = self._free()
            if post is None:
                return
            now = self.env.now
            family = self._first(float(now))
            event = self.waiting[family]
            self.leave(family)
            if not self.willing(family):
                event.succeed(None)
                continue
            post.free -= 1
            self.busy.add(now, 1)
            event.succeed(post)

    def _first(self, now: float) -> int:
        families = list(self.waiting)
        if len(families) == 1:
            return families[0]
        return min(families, key=lambda family: self.order(family, now))

    def _free(self) -> Post | None:
        """Return the post with the largest share of its places free, None if there is none."""
        best, most = None, 0.0
        for post in self.posts:
            if post.free > 0 and not post.absences and post.free / post.slots > most:
                best, most = post, post.free / post.slots
        return best


def posts_of(role: int, wte: float, slots_each: float) -> list[Post]:
    """Return the posts of a role: whole-time ones and the rest, with whole places between them.

    >>> [post.slots for post in posts_of(0, 2.4, 10.0)]
    [10, 10, 4]
    """
    posts, total = [], round(wte * slots_each)
    number = int(np.ceil(wte - 1e-9))
    given = 0
    for post in range(number):
        upto = total if post == number - 1 else min(total, round((post + 1) * slots_each))
        posts.append(Post(role, upto - given, upto - given))
        given = upto
    return [post for post in posts if post.slots > 0]


def come_and_go(
    env: Any, places: Places, post: Post, spells: Spells, seed: int, number: int
) -> Iterator[Any]:
    """Send a post away and back for ever: exponential spells, stationary from the beginning.

    ``number`` is that of the post among all posts of all windows.
    """

    def draw(episode: int) -> float:
        return float(uniforms(seed, [number], spells.name, episode)[0])

    present = spells.length * (1.0 - spells.share) / spells.share
    away = draw(0) < spells.share
    episode = 0
    while True:
        if away:
            post.absences += 1
        episode += 1
        mean = spells.length if away else present
        yield env.timeout(-mean * np.log(draw(episode)))
        if away:
            post.absences -= 1
            places.offer()
        away = not away
