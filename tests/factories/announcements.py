"""Announcements at whatever stage, and people whom they reach."""

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.accounts.models import Account
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db
from app.notifications.announcements import audiences, services
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.announcements.rules import Step
from tests.factories import people

KNOWN = "a1"
"""The uid of an announcement that stands in payloads."""
TITLE = {
    "ar": "يغلق القسم يوم الخميس",
    "ru": "В четверг отдел закрыт",
    "en": "The section is closed on Thursday",
}
TEXT = {
    "ar": "لا تُستقبل الزيارات.\nتُنقل المواعيد.",
    "ru": "Приёма не будет.\nЗаписи перенесут.",
    "en": "Nobody is received.\nAppointments are moved.",
}
EVERYBODY = audiences.Audience(
    code="everybody",
    name=_l("Announcements"),
    accounts=lambda _post_id, _value: select(Account.id),
    choices=lambda _post_id: [("all", "All")],
)
"""A group for tests of the way that messages take, whoever they go to."""
WRITTEN = services.Written(audience="everybody", narrowed_to="all", title=TITLE, text=TEXT)


def member(role: Role = Role.ADMIN) -> Actor:
    """Return somebody new who may write and approve; call inside a transaction."""
    row = people.staff([role])
    return Actor(kind=ActorKind.STAFF, id=row.id, post_id=people.post().id, roles=frozenset({role}))


def draft(author: Actor | None = None) -> Announcement:
    """Return a draft for everybody there is; call inside a transaction."""
    audiences.register(EVERYBODY)
    return services.write(people.post().id, WRITTEN, actor=author or member())


def step(row: Announcement, step: Step, by: Actor) -> None:
    """Take a step with an announcement as it stands; call inside a transaction."""
    services.take_step(row, step, actor=by, seen=row.version)


def approved() -> Announcement:
    """Return an announcement that is about to be sent; call inside a transaction."""
    author, other = member(), member(Role.HEAD)
    row = draft(author)
    step(row, Step.PROPOSE, author)
    step(row, Step.APPROVE, other)
    return row


def known() -> Announcement:
    """Return the announcement that payloads name; call inside a transaction."""
    found = db.session.scalar(select(Announcement).where(Announcement.uid == KNOWN))
    if found is None:
        found = Announcement(
            uid=KNOWN,
            post_id=people.post().id,
            audience="everybody",
            narrowed_to="all",
            title=TITLE,
            text=TEXT,
            state=AnnouncementState.DRAFT,
            author_id=member().id,
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        db.session.add(found)
        db.session.flush()
    return found
