"""The morning's message to heads, and to who asked for it: how many cases are late or soon late."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts.models import StaffMember, StaffRole
from app.cases import queue
from app.catalogue import queries as catalogue
from app.catalogue import workdays
from app.catalogue.models import Post
from app.core import clock
from app.core.actor import Role
from app.core.db import db
from app.jobs import services as jobs
from app.jobs.models import Job
from app.notifications import services as notifications
from app.notifications.preferences import queries as preferences

SEND = "cases.digest"
MORNING = time(8, 0)
CHOICE = "/desk/messages/digest"
"""Where its readers choose whether they get it."""


def schedule(now: datetime) -> None:
    """Have the digest of today be sent at eight by the clock of each post, on its working days."""
    for post in db.session.scalars(select(Post)):
        day = clock.local(now, post.zone).date()
        if not _works(post, day):
            continue
        jobs.schedule(
            SEND,
            dedupe=f"digest/{post.id}/{day.isoformat()}",
            due_at=datetime.combine(day, MORNING, ZoneInfo(post.zone)),
            arguments={"post": post.id, "day": day.isoformat()},
        )


def send(job: Job) -> None:
    """Tell its readers counts and where the cases are, no names; nothing when none is late."""
    post_id, day = int(job.arguments["post"]), date.fromisoformat(str(job.arguments["day"]))
    late, soon = queue.count_late(post_id, day)
    if not late and not soon:
        return
    for staff in _readers(post_id):
        notifications.tell_staff(
            "late_digest",
            staff,
            dedupe=f"digest/{post_id}/{day.isoformat()}/{staff.uid}",
            payload={"late": str(late), "soon": str(soon), "stop": CHOICE},
        )


def _works(post: Post, day: date) -> bool:
    closures = catalogue.closed_days(post.id, day, day)
    return workdays.is_open(day, week=frozenset(post.week), closures=closures)


def _readers(post_id: int) -> list[StaffMember]:
    """Return who of a post's officers and heads gets the digest: heads, unless they chose."""
    rights = select(StaffRole.staff_id, StaffRole.role).where(
        StaffRole.post_id == post_id, StaffRole.role.in_((Role.OFFICER, Role.HEAD))
    )
    held = [(staff_id, role) for staff_id, role in db.session.execute(rights)]
    ids, heads = {one for one, _role in held}, {one for one, role in held if role is Role.HEAD}
    chosen = preferences.digests_chosen(ids)
    listed = select(StaffMember).where(StaffMember.id.in_(ids), StaffMember.disabled_at.is_(None))
    staff = db.session.scalars(listed.order_by(StaffMember.id))
    return [one for one in staff if chosen.get(one.id, one.id in heads)]
