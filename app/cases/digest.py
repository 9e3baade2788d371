"""The morning's message to the heads of section: how many cases are late or soon late."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts import rules as accounts
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

SEND = "cases.digest"
MORNING = time(8, 0)


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
    """Tell the heads of a post counts and where the cases are, no names; nothing when none is."""
    post_id, day = int(job.arguments["post"]), date.fromisoformat(str(job.arguments["day"]))
    late, soon = queue.count_late(post_id, day)
    if not late and not soon:
        return
    for staff in _heads(post_id):
        address = accounts.find_address(staff.login)
        if address is None:
            continue
        notifications.tell_address(
            "late_digest",
            address=address,
            language=staff.language,
            dedupe=f"digest/{post_id}/{day.isoformat()}/{staff.uid}",
            payload={"late": str(late), "soon": str(soon)},
        )


def _works(post: Post, day: date) -> bool:
    closures = catalogue.closed_days(post.id, day, day)
    return workdays.is_open(day, week=frozenset(post.week), closures=closures)


def _heads(post_id: int) -> list[StaffMember]:
    heads = select(StaffRole.staff_id).where(
        StaffRole.post_id == post_id, StaffRole.role == Role.HEAD
    )
    listed = select(StaffMember).where(StaffMember.id.in_(heads), StaffMember.disabled_at.is_(None))
    return list(db.session.scalars(listed.order_by(StaffMember.id)))
