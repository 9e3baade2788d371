"""Writing an announcement, having a second person approve it, telling the group, stopping it.

Nobody sends one alone: who wrote the text last cannot approve it, which the table refuses too.
A worker then writes a message for each account, some hundred in a transaction, in the order of
their keys; it goes on where the last one stopped. They go out below all personal messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.audit import services as audit
from app.core import clock, i18n
from app.core.actor import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid, InvalidTransition, NotAllowed
from app.jobs import parts
from app.notifications import rules as may
from app.notifications import services as notifications
from app.notifications.announcements import audiences, queries, rules
from app.notifications.announcements.models import Announcement, AnnouncementState
from app.notifications.announcements.rules import Step
from app.notifications.models import Channel, Message, MessageState
from app.notifications.templates import rules as texts

JOB = "notifications.announce"
EVENT = "announcement"
AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an admin wrote, and for whom."""

    audience: str
    narrowed_to: str
    title: Mapping[str, str]
    text: Mapping[str, str]


def write(post_id: int, written: Written, *, actor: Actor) -> Announcement:
    """Keep a new announcement as a draft; raise Invalid for a text that cannot be sent."""
    _check(post_id, written)
    now = clock.now()
    row = Announcement(
        post_id=post_id,
        state=AnnouncementState.DRAFT,
        author_id=_id_of(actor),
        at_once=AT_ONCE,
        created_at=now,
        updated_at=now,
        **_columns(written),
    )
    db.session.add(row)
    db.session.flush()
    _note("written", row, actor)
    return row


def rewrite(row: Announcement, written: Written, *, actor: Actor, seen: int) -> None:
    """Change a draft; who changes it is its author from now on.

    Raises Conflict when somebody changed it meanwhile, InvalidTransition when it is no draft.
    """
    _check(row.post_id, written)
    row = _lock_seen(row, seen)
    if row.state is not AnnouncementState.DRAFT:
        raise InvalidTransition(_l("Only a draft can be changed."))
    for name, value in _columns(written).items():
        setattr(row, name, value)
    row.author_id = _id_of(actor)
    _touch(row)
    _note("written", row, actor)


def take_step(row: Announcement, step: Step, *, actor: Actor, seen: int) -> None:
    """Propose, approve, send back, drop or stop an announcement.

    Raises Conflict when it was changed since the actor saw it, InvalidTransition when it stands
    elsewhere, NotAllowed for who would approve their own text. To stop it is always timely:
    whoever asks for that need not know how far it went meanwhile.
    """
    row = queries.lock(row.uid) if step is Step.STOP else _lock_seen(row, seen)
    state = rules.after(row.state, step)
    if state is None:
        raise InvalidTransition(_l("This is not possible in the present state of it."))
    if step is Step.APPROVE:
        _approve(row, actor)
    if step in (Step.DROP, Step.STOP):
        row.ended_at = clock.now()
    row.state = state
    _touch(row)
    cancelled = _cancel_waiting(row) if step is Step.STOP else 0
    _note(step.value, row, actor, cancelled=cancelled)


def _approve(row: Announcement, actor: Actor) -> None:
    if not rules.may_approve(author_id=row.author_id, staff_id=actor.id):
        raise NotAllowed(_l("Somebody else has to approve what you wrote."))
    row.total = queries.count_accounts(row)
    if not row.total:
        raise Conflict(_l("There is nobody whom it would reach now."))
    row.approved_by_id, row.approved_at = actor.id, clock.now()
    parts.schedule(JOB, row.uid)


def _cancel_waiting(row: Announcement) -> int:
    """Cancel what no provider has in hand; return how many messages those are."""
    cancelled = db.session.scalars(
        update(Message)
        .where(
            Message.announcement_id == row.id,
            Message.channel != Channel.PORTAL,
            Message.state.in_(may.NOT_CALLED),
        )
        .values(
            state=MessageState.CANCELLED,
            last_error=rules.STOPPED,
            lease_until=None,
            updated_at=clock.now(),
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.expire_all()
    return len(cancelled)


def tell_next(uid: str) -> bool:
    """Tell the next accounts of an announcement; return whether there were any."""
    row = queries.lock(uid)
    if row.state is not AnnouncementState.SENDING:
        return False
    found = queries.next_accounts(row)
    if not found:
        row.state, row.ended_at = AnnouncementState.SENT, clock.now()
        _touch(row)
        return False
    notifications.tell_all(EVENT, [_news(row, account_id) for account_id in found])
    row.reached_id, row.told = found[-1], row.told + len(found)
    return True


def leave_out(uid: str) -> None:
    """Have accounts be told one by one; leave out the one that fails even so."""
    row = queries.lock(uid)
    if row.at_once > 1:
        row.at_once = 1
        return
    found = queries.next_accounts(row)
    if found:
        row.reached_id, row.left_out = found[-1], row.left_out + 1


def _news(row: Announcement, account_id: int) -> notifications.News:
    return notifications.News(
        account_id=account_id,
        dedupe=f"{EVENT}/{row.uid}/{account_id}",
        payload={EVENT: row.uid},
        post_id=row.post_id,
        announcement_id=row.id,
    )


def _check(post_id: int, written: Written) -> None:
    try:
        audience = audiences.get(written.audience)
    except LookupError:
        raise Invalid(_l("Choose for whom it is."), field="audience") from None
    audience.check(post_id, written.narrowed_to)
    for name, said in (("title", written.title), ("text", written.text)):
        for language in i18n.LANGUAGES:
            _check_text(f"{name}-{language}", said.get(language, ""))


def _check_text(place: str, text: str) -> None:
    if not text:
        raise Invalid(_l("Please write this in this language."), field=place)
    if rules.has_placeholder(text):
        raise Invalid(
            _l("Everybody reads the same: nothing is filled in for each reader."), field=place
        )
    if rules.names_a_request(text):
        raise Invalid(
            _l("This holds the number of a request. Write to that person instead."), field=place
        )
    if texts.leads_elsewhere(text):
        raise Invalid(
            _l(
                "This looks like an address. The only one in a message is the link, so that no "
                "reader is led elsewhere; it is put in by itself."
            ),
            field=place,
        )


def _columns(written: Written) -> dict[str, object]:
    return {
        "audience": written.audience,
        "narrowed_to": written.narrowed_to,
        "title": dict(written.title),
        "text": dict(written.text),
    }


def _lock_seen(row: Announcement, seen: int) -> Announcement:
    row = queries.lock(row.uid)
    if row.version != seen:
        raise Conflict()
    return row


def _touch(row: Announcement) -> None:
    row.version, row.updated_at = row.version + 1, clock.now()
    db.session.flush()


def _id_of(actor: Actor) -> int:
    if actor.id is None:
        raise NotAllowed()
    return actor.id


def _note(act: str, row: Announcement, actor: Actor, *, cancelled: int = 0) -> None:
    fields = {"version": row.version, "audience": row.audience}
    fields |= {"accounts": row.total} if act == Step.APPROVE else {}
    fields |= {"told": row.told, "cancelled": cancelled} if act == Step.STOP else {}
    audit.record(
        f"announcement.{act}",
        actor=actor,
        object_kind="announcement",
        object_uid=row.uid,
        post_id=row.post_id,
        fields=fields,
    )
