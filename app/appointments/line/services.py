"""The steps of an opening: announced, opened at its hour, letting in, over; or called off.

Each is one transaction under the lock of the opening's row and safe to take again: a worker that
died took its step back with it.
"""

import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, update

from app.appointments import conditions, withholding
from app.appointments import rules as times
from app.appointments.draw import queries as draws
from app.appointments.draw import services as draw_services
from app.appointments.draw.rules import sha256
from app.appointments.line import joining, queries, rules
from app.appointments.line.models import Opening, Place
from app.appointments.line.refusals import WrongStep
from app.appointments.line.rules import OpeningState, PlaceState
from app.appointments.models import Pool
from app.audit import services as audit
from app.catalogue.models import Post, Service
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.crypto import new_data_key
from app.core.db import db
from app.core.errors import Invalid
from app.jobs import services as jobs

OPEN, STEP = "appointments.queue_open", "appointments.queue_step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an admin wants of an opening; hour and days are published with it."""

    first_on: date
    last_on: date
    opens_at: datetime
    hours: int
    rate: int


def announce(post: Post, pool: Pool, service: Service, plan: Plan, *, actor: Actor) -> Opening:
    """Make an opening: its secret is generated and sealed, the hash of it published, and the free
    seats of its days are withheld until the hour. Raises Invalid with the field that is wrong.
    """
    db.session.refresh(pool, with_for_update={"of": Pool, "key_share": True})
    visit = draw_services.visit_of(service)
    if visit is None or pool.id not in {one.id for one in visit.pools}:
        raise Invalid(_l("Visits for this service are not at these counters."), field="pool")
    _refuse_plan(pool, plan)
    opening = _new(post, pool, service, plan, units=visit.length(pool).total)
    withholding.withhold(pool.id, plan.first_on, plan.last_on, opening_id=opening.id, is_gated=True)
    jobs.schedule(
        OPEN,
        dedupe=f"{OPEN}:{opening.uid}",
        due_at=plan.opens_at,
        arguments={"opening": opening.id},
    )
    _record("announced", opening, actor, commitment=opening.commitment, rate=opening.rate)
    return opening


def _refuse_plan(pool: Pool, plan: Plan) -> None:
    if plan.opens_at <= clock.now():
        raise Invalid(_l("The opening must lie ahead."), field="opens_on")
    if not 1 <= plan.hours <= rules.LONGEST_HOURS:
        raise Invalid(
            _l("An opening lasts 1 to %(most)s hours."), field="hours", most=rules.LONGEST_HOURS
        )
    if not 1 <= plan.rate <= rules.MOST_RATE:
        raise Invalid(
            _l("Between 1 and %(most)s people a minute are let in."),
            field="rate",
            most=rules.MOST_RATE,
        )
    on = clock.local(plan.opens_at, pool.site.zone).date()
    if plan.first_on <= on:
        raise Invalid(_l("The first day must lie after the day of the opening."), field="first_on")
    if not plan.first_on <= plan.last_on <= times.last_day(on, pool.horizon_days):
        raise Invalid(
            _l("The last day must not lie before the first, nor beyond what can be booked then."),
            field="last_on",
        )
    spans = [*draws.spans_of(pool.id), *queries.spans_of(pool.id)]
    if any(one.first <= plan.last_on and plan.first_on <= one.last for one in spans):
        raise Invalid(
            _l("A draw or another opening gives out some of these days."), field="first_on"
        )


def _new(post: Post, pool: Pool, service: Service, plan: Plan, *, units: int) -> Opening:
    now, secret = clock.now(), secrets.token_hex(32)
    opening = Opening(
        post_id=post.id,
        pool=pool,
        service=service,
        state=OpeningState.ANNOUNCED,
        first_on=plan.first_on,
        last_on=plan.last_on,
        opens_at=plan.opens_at,
        closes_at=plan.opens_at + timedelta(hours=plan.hours),
        units=units,
        rate=plan.rate,
        commitment=sha256(secret),
        data_key=new_data_key(now),
        reckoned_at=plan.opens_at,
        created_at=now,
    )
    opening.secret = secret
    db.session.add(opening)
    db.session.flush()
    return opening


def open_(opening_id: int, *, actor: Actor = SYSTEM) -> None:
    """Shuffle those who are there, let the seats out and the first people in.

    Raises WrongStep before the hour; what was opened or called off stays as it is.
    """
    opening, now = queries.lock(opening_id), clock.now()
    if opening.state is not OpeningState.ANNOUNCED:
        return
    _refuse_unless(now >= opening.opens_at)
    _shuffle(opening)
    withholding.let_out(queries.of_opening(opening))
    withholding.mark(queries.of_opening(opening), is_withheld=False)
    opening.state, opening.reckoned_at = OpeningState.OPEN, now - rules.STEP
    _record("opened", opening, actor, list_hash=sha256(opening.list_text or ""))
    _go_on(opening, now)


def _shuffle(opening: Opening) -> None:
    rows = db.session.execute(select(Place.ticket, Place.id).where(queries.waiting(opening.id)))
    ids = {row.ticket: row.id for row in rows}
    opening.list_text = rules.list_text(opening.uid, opening.commitment, ids.keys())
    order = rules.shuffled(opening.secret or "", opening.list_text, ids.keys())
    ranks = [{"id": ids[ticket], "rank": rank} for rank, ticket in enumerate(order, start=1)]
    if ranks:
        db.session.execute(update(Place), ranks)


def step(opening_id: int, number: int) -> None:
    """Let the next ones in, if this step was not taken yet, and see to the step after it."""
    opening = queries.lock(opening_id)
    if opening.state is OpeningState.OPEN and opening.steps == number:
        _go_on(opening, clock.now())


def _go_on(opening: Opening, now: datetime) -> None:
    _end_turns(opening, now)
    standing = queries.standing_of(opening, now)
    is_given_out = not (standing.free or standing.choosing or standing.has_holds)
    if now >= opening.closes_at or is_given_out:
        _end(opening, OpeningState.OVER, now)
        return
    allowed, opening.reckoned_at = rules.allowance(opening.rate, opening.reckoned_at, now)
    _let_in(opening, rules.how_many(allowed, standing.free, standing.choosing), now)
    opening.steps += 1
    schedule_step(opening, due_at=now + rules.STEP)


def schedule_step(opening: Opening, *, due_at: datetime, part: str = "") -> None:
    """Have a worker take the next step of an opening; what was asked for before is not anew."""
    jobs.schedule(
        STEP,
        dedupe=f"{STEP}:{opening.id}:{opening.steps}{part}",
        due_at=due_at,
        arguments={"opening": opening.id, "step": opening.steps},
    )


def _end_turns(opening: Opening, now: datetime) -> None:
    over = (
        Place.opening_id == opening.id,
        Place.state == PlaceState.ADMITTED,
        Place.until <= now,
    )
    _end_places(*over)


def _end_places(*which: ColumnElement[bool]) -> None:
    """End the turns of some: whoever has a time by now has used it."""
    for state, condition in (
        (PlaceState.BOOKED, conditions.has_time(Place.case_id)),
        (PlaceState.LAPSED, ~conditions.has_time(Place.case_id)),
    ):
        ids = db.session.scalars(select(Place.id).where(*which, condition)).all()
        joining.end(ids, state)


def _let_in(opening: Opening, seats: int, now: datetime) -> None:
    if seats < 1:
        return
    ids = []
    for place in queries.next_waiting(opening.id, seats):
        if seats < 1:
            break
        ids.append(place.id)
        seats -= place.party
    db.session.execute(
        update(Place)
        .where(Place.id.in_(ids))
        .values(state=PlaceState.ADMITTED, until=now + rules.TURN)
        .execution_options(synchronize_session="fetch")
    )


def _end(opening: Opening, state: OpeningState, now: datetime) -> None:
    """Let everybody have what is left; whoever waits still is told so by their page."""
    withholding.let_out(queries.of_opening(opening))
    withholding.mark(queries.of_opening(opening), is_withheld=False, is_gated=False)
    ids = db.session.scalars(select(Place.id).where(queries.waiting(opening.id))).all()
    joining.end(ids, PlaceState.ENDED)
    _end_places(Place.opening_id == opening.id, Place.state == PlaceState.ADMITTED)
    opening.state, opening.ended_at = state, now


def call_off(opening_id: int, *, actor: Actor) -> None:
    """Give an opening up before its hour; its seats are free for all at once; else WrongStep."""
    opening = queries.lock(opening_id)
    if opening.state is OpeningState.CALLED_OFF:
        return
    _refuse_unless(opening.state is OpeningState.ANNOUNCED)
    _end(opening, OpeningState.CALLED_OFF, clock.now())
    _record("called_off", opening, actor)


def finish(opening_id: int, *, actor: Actor) -> None:
    """End an opening before its time; what is left is free for all at once; else WrongStep."""
    opening = queries.lock(opening_id)
    if opening.state is OpeningState.OVER:
        return
    _refuse_unless(opening.state is OpeningState.OPEN)
    _end(opening, OpeningState.OVER, clock.now())
    _record("finished", opening, actor)


def set_rate(opening_id: int, rate: int, *, actor: Actor) -> None:
    """Let so many people in in a minute from now on; raises Invalid or WrongStep."""
    opening = queries.lock(opening_id)
    _refuse_unless(opening.state in rules.GOES_ON)
    if not 1 <= rate <= rules.MOST_RATE:
        raise Invalid(
            _l("Between 1 and %(most)s people a minute are let in."),
            field="rate",
            most=rules.MOST_RATE,
        )
    opening.rate = rate
    _record("paced", opening, actor, rate=rate)


def _refuse_unless(holds: bool) -> None:
    if not holds:
        raise WrongStep()


def _record(step: str, opening: Opening, actor: Actor, **fields: object) -> None:
    audit.record(
        f"queue.{step}",
        actor=actor,
        object_kind="queue",
        object_uid=opening.uid,
        post_id=opening.post_id,
        fields=fields,
    )
