"""The steps of a draw: announced, opened, closed, given its public value, run, called off.

Each is safe to take again, whoever died in between: it finds what was done and does nothing.
"""

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import exists, func, select

from app.appointments import queries as seats
from app.appointments import rules as times
from app.appointments import withholding
from app.appointments.draw import messages, queries, rules
from app.appointments.draw.models import Entry, EntryPerson, Release, ServiceMode
from app.appointments.draw.refusals import WrongMoment
from app.appointments.draw.rules import PublicKind, ReleaseMode, ReleaseState, Weighting
from app.appointments.line import queries as openings
from app.appointments.models import Booking, Pool, Slot
from app.audit import services as audit
from app.cases.models import Case, CaseStep
from app.cases.rules import State, StepKind, StepState
from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.models import Post, Service
from app.core import clock
from app.core.actor import SYSTEM, Actor
from app.core.crypto import new_data_key
from app.core.db import db
from app.core.errors import Invalid, NotFound
from app.jobs import services as jobs

OPEN, CLOSE, RUN = "appointments.draw_open", "appointments.draw_close", "appointments.draw_run"
LONGEST = timedelta(days=62)
PREPARATION = timedelta(days=rules.OFFER_DAYS + 2)
"""So long after the day of the public value the first seat lies at the earliest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an admin wants of a draw; all of it is published before it opens."""

    first_on: date
    last_on: date
    opens_at: datetime
    closes_at: datetime
    weighting: Weighting
    public_kind: PublicKind
    public_on: date
    public_source: str


def set_mode(service: Service, mode: ReleaseMode, *, actor: Actor) -> None:
    """Say how the seats of a service are given out from now on."""
    row = db.session.get(ServiceMode, service.id) or ServiceMode(service_id=service.id)
    row.mode, row.changed_at = mode, clock.now()
    db.session.add(row)
    audit.record(
        "draw.mode_set",
        actor=actor,
        object_kind="service",
        object_uid=service.uid,
        post_id=service.post_id,
        fields={"mode": mode.value},
    )


def announce(post: Post, pool: Pool, service: Service, plan: Plan, *, actor: Actor) -> Release:
    """Make a draw: its secret is generated and sealed, the hash of it and the rule are published,
    and the seats of its days are withheld. Raises Invalid with the field that is wrong.
    """
    db.session.refresh(pool, with_for_update={"of": Pool, "key_share": True})
    visit = visit_of(service)
    if visit is None or pool.id not in {one.id for one in visit.pools}:
        raise Invalid(_l("Visits for this service are not at these counters."), field="pool")
    _refuse_times(post, plan)
    _refuse_days(pool, plan)
    release = _new(post, pool, service, plan, units=visit.length(pool).total)
    _withhold(release)
    for kind, due_at in ((OPEN, plan.opens_at), (CLOSE, plan.closes_at)):
        jobs.schedule(
            kind,
            dedupe=f"{kind}:{release.uid}",
            due_at=due_at,
            arguments={"release": release.id},
        )
    _record("announced", release, actor, commitment=release.commitment)
    return release


def visit_of(service: Service) -> seats.Visit | None:
    """Return what a visit takes by the version that is offered; None where there is none."""
    version = catalogue.find_offered(service.id)
    definition = catalogue.definition_of(version) if version else None
    if definition is None or definition.appointment is None:
        return None
    return seats.visit_for(service.post_id, service.id, definition)


def _refuse_times(post: Post, plan: Plan) -> None:
    if plan.opens_at <= clock.now():
        raise Invalid(_l("The opening must lie ahead."), field="opens_on")
    if not timedelta(hours=1) <= plan.closes_at - plan.opens_at <= LONGEST:
        raise Invalid(
            _l("The closing must lie at least an hour after the opening, and two months at most."),
            field="closes_on",
        )
    closing = clock.local(plan.closes_at, post.zone).date()
    if not closing < plan.public_on <= closing + LONGEST:
        raise Invalid(
            _l("The day of the value must lie after the closing, by two months at most."),
            field="public_on",
        )
    if closing >= _known_on(post, plan.public_on):
        raise Invalid(
            _l(
                "This value is known on the working day before it already. The closing must lie "
                "before that day."
            ),
            field="public_on",
        )


def _known_on(post: Post, public_on: date) -> date:
    """Return the day from which a value may be known: rates are set on the working day before."""
    closures = catalogue.closed_days(post.id, public_on - LONGEST, public_on)
    day, week = public_on - timedelta(days=1), frozenset(post.week)
    while not workdays.is_open(day, week=week, closures=closures) and public_on - day < LONGEST:
        day -= timedelta(days=1)
    return day


def _refuse_days(pool: Pool, plan: Plan) -> None:
    if plan.first_on < plan.public_on + PREPARATION:
        raise Invalid(
            _l("The first day must lie at least %(days)s days after that of the public value."),
            field="first_on",
            days=PREPARATION.days,
        )
    closing = clock.local(plan.closes_at, pool.site.zone).date()
    if not plan.first_on <= plan.last_on <= times.last_day(closing, pool.horizon_days):
        raise Invalid(
            _l("The last day must not lie before the first, nor beyond what can be booked then."),
            field="last_on",
        )
    spans = [*queries.spans_of(pool.id), *openings.spans_of(pool.id)]
    if any(one.first <= plan.last_on and plan.first_on <= one.last for one in spans):
        raise Invalid(_l("A queue or another draw gives out some of these days."), field="first_on")


def _new(post: Post, pool: Pool, service: Service, plan: Plan, *, units: int) -> Release:
    now, secret = clock.now(), secrets.token_hex(32)
    release = Release(
        post_id=post.id,
        pool=pool,
        service=service,
        state=ReleaseState.ANNOUNCED,
        first_on=plan.first_on,
        last_on=plan.last_on,
        opens_at=plan.opens_at,
        closes_at=plan.closes_at,
        units=units,
        weighting=plan.weighting,
        public_kind=plan.public_kind,
        public_on=plan.public_on,
        public_source=plan.public_source,
        commitment=rules.sha256(secret),
        data_key=new_data_key(now),
        created_at=now,
    )
    release.secret = secret
    db.session.add(release)
    db.session.flush()
    return release


def _withhold(release: Release) -> None:
    withholding.withhold(release.pool_id, release.first_on, release.last_on, release_id=release.id)


def open_(release_id: int, *, actor: Actor = SYSTEM) -> None:
    """Take wishes from now on; raise WrongMoment before the hour that was announced."""
    release = queries.lock(release_id)
    if release.state is not ReleaseState.ANNOUNCED:
        _refuse_unless(release.state in rules.CONTINUES)
        return
    _refuse_unless(clock.now() >= release.opens_at)
    release.state = ReleaseState.OPEN
    _record("opened", release, actor)


def close(release_id: int, *, actor: Actor = SYSTEM) -> None:
    """Fix the list of wishes and seats and publish its hash; raise WrongMoment too early.

    Wishes of requests that do not wait for a seat any more are left out.
    """
    release = queries.lock(release_id)
    if release.state not in rules.BEFORE:
        _refuse_unless(release.state in rules.CONTINUES)
        return
    now = clock.now()
    _refuse_unless(now >= release.closes_at)
    fixed = rules.DrawList(
        draw=release.uid,
        commitment=release.commitment,
        units=release.units,
        unit_minutes=release.pool.unit_minutes,
        supply=tuple(_supply(release)),
        entries=tuple(_fix_entries(release, now)),
    )
    release.list_text = fixed.text()
    release.list_hash = rules.sha256(release.list_text)
    release.state, release.closed_at = ReleaseState.CLOSED, now
    _record("closed", release, actor, list_hash=release.list_hash)


def _supply(release: Release) -> list[rules.Supply]:
    """Return the seats that are withheld on days on which the post works."""
    zone = release.pool.site.zone
    visit = visit_of(release.service)
    closures = catalogue.closed_days(release.post_id, release.first_on, release.last_on)
    rows = db.session.execute(
        select(Slot.starts_at, Slot.local_on, (Slot.planned - Slot.capacity).label("seats"))
        .where(queries.of_draw(release), Slot.is_withheld, Slot.planned > Slot.capacity)
        .order_by(Slot.starts_at)
    )
    return [
        rules.Supply(starts=clock.local(row.starts_at, zone).replace(tzinfo=None), seats=row.seats)
        for row in rows
        if visit is None or not seats.closes(row.local_on, closures, visit)
    ]


def _fix_entries(release: Release, now: datetime) -> list[rules.Entry]:
    """Reckon party and weight of each wish, and store them; empty ones are withdrawn."""
    since = _waiting_since(release)
    rows = db.session.scalars(
        select(Entry).where(Entry.release_id == release.id, Entry.withdrawn_at.is_(None))
    ).all()
    fixed = []
    for entry in rows:
        coming = since.get(entry.id, ())
        if not coming:
            entry.withdrawn_at = now
            continue
        entry.party = len(coming)
        entry.weight = rules.weight(release.weighting, release.closes_at - max(coming))
        days = tuple(date.fromisoformat(day) for day in entry.days)
        fixed.append(
            rules.Entry(ticket=entry.ticket, party=entry.party, weight=entry.weight, days=days)
        )
    db.session.flush()
    return fixed


def _waiting_since(release: Release) -> Mapping[int, Sequence[datetime]]:
    """Return for each wish since when its requests wait, of those that still need a seat.

    A party has waited as long as the one of them that was sent last.
    """
    current = exists().where(
        CaseStep.case_id == Case.id,
        CaseStep.state == StepState.CURRENT,
        CaseStep.kind == StepKind.APPOINTMENT,
    )
    booked = exists().where(Booking.case_id == Case.id, Booking.state.in_(seats.CONFIRMED))
    rows = db.session.execute(
        select(EntryPerson.entry_id, func.coalesce(Case.submitted_at, Case.created_at))
        .join(Case, Case.id == EntryPerson.case_id)
        .where(
            EntryPerson.release_id == release.id,
            EntryPerson.active,
            Case.post_id == release.post_id,
            Case.state == State.IN_PROGRESS,
            current,
            ~booked,
        )
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for entry_id, since in rows:
        found[entry_id].append(since)
    return found


def enter_value(release_id: int, value: str, *, actor: Actor) -> None:
    """Publish the public value that was named beforehand; it can be mended until the draw is run.

    Raises WrongMoment unless the list is fixed, Invalid for a value in another form.
    """
    release = queries.lock(release_id)
    _refuse_unless(release.state is ReleaseState.CLOSED)
    if not rules.is_value(release.public_kind, value):
        raise Invalid(_l("Please write the value exactly as it is shown."), field="value")
    if release.public_value != value:
        release.public_value = value
        _record("valued", release, actor, value=value)


def run(release_id: int, *, actor: Actor) -> None:
    """Begin to assign the seats in the order of the draw; a worker does it."""
    release = queries.lock(release_id)
    if release.state in (ReleaseState.DRAWING, *rules.REVEALED):
        return
    _refuse_unless(release.state is ReleaseState.CLOSED and release.public_value is not None)
    release.state = ReleaseState.DRAWING
    schedule_part(release.id, part="0")
    _record("run", release, actor)


def schedule_part(release_id: int, *, part: str) -> None:
    """Have a worker go on with assigning; the same part again is scheduled once."""
    jobs.schedule(
        RUN,
        dedupe=f"{RUN}:{release_id}:{part}",
        due_at=clock.now(),
        arguments={"release": release_id},
    )


def call_off(release_id: int, *, actor: Actor) -> None:
    """Give a draw up, before its public value can be known; its seats are free for all at once.

    Raises WrongMoment later: nobody may give up a draw whose result they could reckon.
    """
    release = queries.lock(release_id)
    if release.state is ReleaseState.CALLED_OFF:
        return
    _refuse_unless(release.state in rules.BEFORE and clock.now() < release.closes_at)
    release.state = ReleaseState.CALLED_OFF
    give_free(release)
    messages.tell_called_off(release)
    _record("called_off", release, actor)


def give_free(release: Release) -> None:
    """Let the public have all seats of a draw that are not taken, and end its withholding."""
    release_left_over(release)
    withholding.mark(queries.of_draw(release), is_withheld=False)


def release_left_over(release: Release) -> None:
    """Let the public have the seats of a draw that nobody on its list could use."""
    withholding.let_out(queries.of_draw(release))


def _refuse_unless(holds: bool) -> None:
    if not holds:
        raise WrongMoment()


def _record(step: str, release: Release, actor: Actor, **fields: object) -> None:
    audit.record(
        f"draw.{step}",
        actor=actor,
        object_kind="draw",
        object_uid=release.uid,
        post_id=release.post_id,
        fields=fields,
    )


def concerns(release: Release, case: Case) -> bool:
    """Return whether a draw gives out what a case needs: its service, at counters that serve it."""
    if (case.post_id, case.service_id) != (release.post_id, release.service_id):
        return False
    try:
        return release.pool_id in {pool.id for pool in seats.visit_of(case).pools}
    except NotFound:
        return False
