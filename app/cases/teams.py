"""Groups, routing and absences of a post, and how much everybody has to do."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import Row, and_, delete, func, select, text

from app.audit import services as audit
from app.cases import changing, pace
from app.cases.models import OPEN, RUNNING, Case
from app.cases.rules import Action
from app.cases.team_models import Absence, GroupMember, RoutingRule, StaffGroup
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import SYSTEM, Actor, Role
from app.core.db import db, transaction
from app.core.errors import Invalid, NotAllowed, NotFound
from app.jobs import services as jobs
from app.jobs.models import Job

HAND_OVER = "cases.hand_over"
LONGEST_NAME = 60
LONGEST_ABSENCE = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """How much one officer has: cases, those worked on now, late and soon late ones."""

    cases: int
    in_hand: int
    late: int
    soon: int


def list_groups(post_id: int) -> Sequence[StaffGroup]:
    """Return the groups of a post by name."""
    return db.session.scalars(
        select(StaffGroup)
        .where(StaffGroup.post_id == post_id)
        .order_by(StaffGroup.name, StaffGroup.id)
    ).all()


def get_group(post_id: int, uid: str) -> StaffGroup:
    """Return a group of a post; raise NotFound."""
    group = db.session.scalar(
        select(StaffGroup).where(StaffGroup.post_id == post_id, StaffGroup.uid == uid)
    )
    if group is None:
        raise NotFound()
    return group


def members_of(groups: Collection[int]) -> Mapping[int, set[int]]:
    """Return the keys of the members of some groups, by group."""
    rows = db.session.execute(
        select(GroupMember.group_id, GroupMember.staff_id).where(GroupMember.group_id.in_(groups))
    )
    return _gathered(rows)


def services_of(groups: Collection[int]) -> Mapping[int, set[int]]:
    """Return the keys of the services that go to some groups, by group."""
    rows = db.session.execute(
        select(RoutingRule.group_id, RoutingRule.service_id).where(RoutingRule.group_id.in_(groups))
    )
    return _gathered(rows)


def _gathered(pairs: Iterable[Row[int, int]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = {}
    for group_id, other_id in pairs:
        found.setdefault(group_id, set()).add(other_id)
    return found


def add_group(name: str, *, actor: Actor) -> StaffGroup:
    """Add an empty group to the post of the actor; Invalid without a name."""
    group = StaffGroup(post_id=actor.post_id, name=_named(name), created_at=clock.now())
    db.session.add(group)
    db.session.flush()
    _record("staff_group_added", group.uid, actor)
    return group


def save_group(
    uid: str, name: str, *, members: Collection[int], services: Collection[int], actor: Actor
) -> StaffGroup:
    """Write who is in a group and which services go to it; a service leaves its other group."""
    _lock_groups(actor.post_id or 0)
    group = get_group(actor.post_id or 0, uid)
    group.name = _named(name)
    db.session.execute(delete(GroupMember).where(GroupMember.group_id == group.id))
    rules = delete(RoutingRule)
    db.session.execute(rules.where(RoutingRule.group_id == group.id))
    db.session.execute(rules.where(RoutingRule.service_id.in_(services)))
    db.session.add_all(GroupMember(group_id=group.id, staff_id=one) for one in sorted(members))
    db.session.add_all(RoutingRule(group_id=group.id, service_id=one) for one in sorted(services))
    db.session.flush()
    _record("staff_group_saved", group.uid, actor)
    return group


def _lock_groups(post_id: int) -> None:
    """Have whoever saves another group of a post wait: a service may go from one to the other."""
    groups = select(StaffGroup.id).where(StaffGroup.post_id == post_id).order_by(StaffGroup.id)
    db.session.execute(groups.with_for_update()).all()


def remove_group(uid: str, *, actor: Actor) -> None:
    """Remove a group; its services go to everybody again."""
    group = get_group(actor.post_id or 0, uid)
    _record("staff_group_removed", group.uid, actor)
    db.session.delete(group)
    db.session.flush()


def _named(name: str) -> str:
    if not name.strip():
        raise Invalid(_l("Give the group a name."), field="name")
    return name.strip()[:LONGEST_NAME]


def list_absences(post_id: int, today: date) -> Sequence[Absence]:
    """Return who is away today or later, the next first."""
    return db.session.scalars(
        select(Absence)
        .where(Absence.post_id == post_id, Absence.last_on >= today)
        .order_by(Absence.first_on, Absence.id)
    ).all()


def is_away(staff_id: int, post_id: int, today: date) -> bool:
    """Return whether somebody is away on a day."""
    away = select(Absence.id).where(
        Absence.staff_id == staff_id,
        Absence.post_id == post_id,
        Absence.first_on <= today,
        Absence.last_on >= today,
    )
    return db.session.scalar(away.limit(1)) is not None


def note_absence(
    staff_id: int,
    *,
    first_on: date,
    last_on: date,
    deputy_id: int | None,
    zone: str,
    actor: Actor,
) -> Absence:
    """Note that somebody is away; when it begins their cases return to the queue.

    Raises Invalid, with the field, for days that cannot be meant and for one's own deputy.
    """
    if last_on < first_on or last_on - first_on > LONGEST_ABSENCE:
        raise Invalid(_l("The last day comes after the first, within a year."), field="last")
    if last_on < clock.today(zone):
        raise Invalid(_l("This absence is over already: its last day has passed."), field="last")
    if deputy_id == staff_id:
        raise Invalid(_l("Nobody is their own deputy."), field="deputy")
    absence = Absence(
        post_id=actor.post_id,
        staff_id=staff_id,
        first_on=first_on,
        last_on=last_on,
        deputy_id=deputy_id,
        created_at=clock.now(),
    )
    db.session.add(absence)
    db.session.flush()
    begins = datetime.combine(first_on, time(), ZoneInfo(zone))
    jobs.schedule(
        HAND_OVER,
        dedupe=f"absence/{absence.uid}",
        due_at=max(begins, clock.now()),
        arguments={"absence": absence.uid},
    )
    _record("absence_noted", absence.uid, actor)
    return absence


def end_absence(uid: str, *, actor: Actor) -> None:
    """Forget an absence; what was handed over stays where it is. NotFound of another post."""
    absence = db.session.scalar(
        select(Absence).where(Absence.uid == uid, Absence.post_id == actor.post_id)
    )
    if absence is None:
        raise NotFound()
    jobs.cancel(f"absence/{uid}")
    _record("absence_ended", uid, actor)
    db.session.delete(absence)


def hand_over(job: Job) -> None:
    """Give the cases of whoever is away back to the queue, each with a trace, one by one.

    A worker that dies half-way leaves the rest to the next one; who is back keeps their cases.
    """
    uid = str(job.arguments["absence"])
    while True:
        with transaction():
            absence = db.session.scalar(select(Absence).where(Absence.uid == uid))
            case_id = _next_held(absence) if absence and not _is_over(absence) else None
            if absence is None or case_id is None:
                return
            _give_back(case_id, absence)


def _is_over(absence: Absence) -> bool:
    zone = db.session.get_one(Post, absence.post_id).zone
    return absence.last_on < clock.today(zone)


def _next_held(absence: Absence) -> int | None:
    return db.session.scalar(
        select(Case.id)
        .where(
            Case.post_id == absence.post_id,
            Case.assignee_id == absence.staff_id,
            and_(text(OPEN)),
        )
        .order_by(Case.id)
        .limit(1)
    )


def _give_back(case_id: int, absence: Absence) -> None:
    case = changing.lock(case_id)
    if case.assignee_id == absence.staff_id:
        details = {"absence": absence.uid, "over": absence.staff_id, "to": absence.deputy_id}
        key = f"absence/{absence.uid}/{case.version}"
        changing.change(case, Action.RELEASED, actor=SYSTEM, key=key[:64], details=details)


def assign(case: Case, *, to: int, actor: Actor, key: str) -> Case:
    """Put a locked case into the hands of an officer; into another's only the head may.

    Raises Invalid for somebody who is away. It stays theirs for days, not for half an hour.
    """
    if to != actor.id and not actor.has_role(Role.HEAD):
        raise NotAllowed()
    if is_away(to, case.post_id, clock.today(case.service.post.zone)):
        raise Invalid(_l("This officer is away."))
    changing.check_taker(case, to)
    over = case.assignee_id if case.assignee_id != to else None
    details = {"for": to} | ({"over": over} if over is not None else {})
    return changing.change(case, Action.TAKEN, actor=actor, key=key, details=details)


def workload(post_id: int, today: date) -> Mapping[int, Load]:
    """Return what every officer of a post has, by their key; who has nothing is left out."""
    is_running = and_(text(RUNNING))
    count = func.count()
    rows = db.session.execute(
        select(
            Case.assignee_id,
            count,
            count.filter(Case.lease_until > clock.now()),
            count.filter(is_running, Case.due_on < today),
            count.filter(is_running, Case.due_on.between(today, today + pace.SOON)),
        )
        .where(Case.post_id == post_id, Case.assignee_id.is_not(None), and_(text(OPEN)))
        .group_by(Case.assignee_id)
    ).all()
    return {
        staff_id: Load(cases=cases, in_hand=in_hand, late=late, soon=soon)
        for staff_id, cases, in_hand, late, soon in rows
        if staff_id is not None
    }


def _record(action: str, uid: str, actor: Actor) -> None:
    audit.record(action, actor=actor, object_kind="team", object_uid=uid)
