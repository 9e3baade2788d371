"""Tells the story of the demonstration in the order of time: all of it, or nothing."""

import heapq
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from app.appointments import schedule
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Actor
from app.demo.story import acts, cast, company, people, scenes, sharing, worker
from app.demo.story.calendar import Calendar
from app.demo.story.papers import Cabinet
from app.demo.story.plots import Turn, Verb
from app.demo.story.scenes import Scene

BEFORE = timedelta(days=75)
"""How long ago the story begins."""
A_WHILE = timedelta(minutes=20)
"""The least time between two turns of a request, and what a visit takes."""
EARLY = timedelta(minutes=6)
"""How early people come to their visit."""

Life = Iterator[datetime]
"""The moments at which something happens to a request; it happens when the next is asked for."""


def tell(post: Post) -> bool:
    """Fill the post with invented people and their requests; return whether that was needed.

    It is one transaction of the caller, so that a second start finds the whole story or none.
    """
    if people.is_staffed():
        return False
    now = clock.now()
    calendar = Calendar.of(post)
    cabinet = Cabinet()
    with clock.pretend(now - BEFORE):
        stage = _open(post, cabinet)
    lives = [_opening(post, now), _sharing(post, stage[0].staff[scenes.ADMIN], calendar, now)]
    _play([*lives, *(_life(scene, calendar, now) for scene in stage)], cabinet)
    worker.catch_up(cabinet)
    worker.read_old_news(now)
    return True


def _open(post: Post, cabinet: Cabinet) -> list[Scene]:
    staff = people.employ(post)
    households = people.settle(cast.list_characters(), counter=staff[scenes.COUNTER])
    return [
        Scene(
            plot=plot,
            number=number,
            post=post,
            household=households[plot.who],
            staff=staff,
            cabinet=cabinet,
        )
        for number, plot in enumerate(company.ALL)
    ]


def _play(lives: Sequence[Life], cabinet: Cabinet) -> None:
    """Let everything happen in the order of time, the worker following each step."""
    queue = [(next(life), number) for number, life in enumerate(lives)]
    heapq.heapify(queue)
    while queue:
        at, number = heapq.heappop(queue)
        with clock.pretend(at):
            worker.catch_up(cabinet)
            following = next(lives[number], None)
            worker.catch_up(cabinet)
        if following is not None:
            heapq.heappush(queue, (following, number))


def _opening(post: Post, now: datetime) -> Life:
    """Open the seats of the past, whose horizon is shorter than the story."""
    for days in (75, 40):
        yield now - timedelta(days=days)
        schedule.make_slots_of_post(post.id)


def _sharing(post: Post, admin: Actor, calendar: Calendar, now: datetime) -> Life:
    """Have a draw be announced some days ago, and the opening of a queue just now."""
    yield calendar.moment(calendar.before(6), random.Random(cast.SEED))  # noqa: S311  (a story)
    sharing.announce_draw(post, calendar, by=admin)
    yield now
    sharing.announce_queue(post, calendar, by=admin)


def _life(scene: Scene, calendar: Calendar, now: datetime) -> Life:
    chance = random.Random(f"{cast.SEED}/{scene.number}")  # noqa: S311  (a story)
    last = now - BEFORE
    turns = scene.plot.turns
    for number, turn in enumerate(turns):
        at = _moment(scene, turn, calendar, chance)
        if at is None:
            # Turns of today are pushed together when the day is young.
            planned = calendar.moment(calendar.before(turn.ago), chance)
            latest = now - timedelta(minutes=len(turns) - number)
            at = min(max(planned, last + A_WHILE), max(latest, last))
        if at > now:
            return
        yield at
        last = at
        _carry_out(scene, turn, calendar)


def _moment(scene: Scene, turn: Turn, calendar: Calendar, chance: random.Random) -> datetime | None:
    """Return when a turn happens that hangs on a visit, None for any other."""
    if turn.verb not in (Verb.COME, Verb.SERVE):
        return None
    booking = scenes.booking_of(scene)
    if booking is None:
        raise LookupError(f"no visit for {scene.plot}")
    return booking.starts_at + (A_WHILE if turn.verb is Verb.SERVE else -EARLY)


def _carry_out(scene: Scene, turn: Turn, calendar: Calendar) -> None:
    if turn.verb is Verb.BOOK:
        day = calendar.before(-turn.to) if turn.to < 0 else calendar.after(turn.to)
        acts.book(scene, turn, day)
    else:
        acts.carry_out(scene, turn)
