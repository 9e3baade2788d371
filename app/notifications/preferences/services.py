"""Keeping what recipients wish, and calling off what they do not want any more."""

from collections.abc import Iterable
from zoneinfo import available_timezones

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from app.accounts.models import Account
from app.core import clock
from app.core.db import db, insert_new
from app.core.errors import Invalid
from app.notifications import discreet, events, writing
from app.notifications.models import Message, MessageState
from app.notifications.preferences import queries, rules
from app.notifications.preferences.models import Preference, StaffPreference
from app.notifications.preferences.rules import Wishes
from app.notifications.rules import (
    LADDER,
    NOT_CALLED,
    TROUBLED,
    UNSUBSCRIBED,
    WAITING,
    Channel,
    Topic,
)


def save(account: Account, wishes: Wishes) -> None:
    """Keep what an account wishes from now on; raise Invalid for hours that are none."""
    _check(wishes)
    row = _row(account)
    quiet = wishes.quiet
    row.order = [channel.value for channel in wishes.order]
    row.quiet_begins = quiet.begins if quiet else None
    row.quiet_ends = quiet.ends if quiet else None
    row.zone = quiet.zone if quiet else None
    row.unwanted = sorted(wishes.unwanted)
    row.is_discreet = wishes.is_discreet
    row.updated_at = clock.now()
    call_off(account.id, wishes.unwanted)
    _mark_anew(account.id, is_discreet=wishes.is_discreet)


def _mark_anew(account_id: int, *, is_discreet: bool) -> None:
    """Have what has not gone yet go as it is wished now, in quiet hours up to a night of mails.

    What is troubled, too: staff may decide to have it sent again.
    """
    waiting = db.session.scalars(
        select(Message)
        .where(
            Message.account_id == account_id,
            Message.channel.in_(LADDER),
            Message.state.in_((*NOT_CALLED, *TROUBLED)),
        )
        .order_by(Message.id)
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    ).all()
    plan = writing.plans_for(frozenset({account_id}))[account_id]
    for message in waiting:
        discreet.mark_anew(message, is_wished=is_discreet)
        if message.state in WAITING and not message.in_doubt:
            next_try = max(message.due_at, clock.now())
            message.due_at = plan.due_again(message, next_try)


def _check(wishes: Wishes) -> None:
    if len(set(wishes.order)) < len(wishes.order):
        raise Invalid(_l("Choose each way once."), field="order")
    quiet = wishes.quiet
    if quiet is None:
        return
    if quiet.zone not in available_timezones():
        raise Invalid(_l("Choose one of these."), field="zone")
    if not rules.length(quiet.begins, quiet.ends):
        raise Invalid(_l("Quiet hours end at another time than they begin."), field="ends")
    if rules.length(quiet.begins, quiet.ends) > rules.LONGEST:
        raise Invalid(
            _l("Choose quiet hours of %(hours)d hours at most.", hours=_hours()), field="ends"
        )


def _hours() -> int:
    return int(rules.LONGEST.total_seconds() // 3600)


def choose_digest(staff_id: int, *, wanted: bool) -> None:
    """Keep whether a member of staff gets the digest from now on."""
    chosen = {"wants_digest": wanted, "updated_at": clock.now()}
    fresh = insert_new(StaffPreference, "staff_id").values(staff_id=staff_id, **chosen)
    db.session.execute(fresh)
    db.session.execute(
        update(StaffPreference).where(StaffPreference.staff_id == staff_id).values(**chosen)
    )


def put_first(account: Account, channel: Channel) -> None:
    """Have a way that somebody has just asked for tried before the others."""
    row = _row(account)
    order = rules.put_first(queries.get_wishes(account.id).order, channel)
    row.order, row.updated_at = [one.value for one in order], clock.now()


def unsubscribe(account: Account, topic: Topic) -> None:
    """Send an account nothing of a topic any more; what waits to be sent is called off."""
    row = _row(account)
    row.unwanted = sorted({*row.unwanted, topic.value})
    row.updated_at = clock.now()
    call_off(account.id, [topic])


def call_off(account_id: int, topics: Iterable[Topic]) -> None:
    """Cancel what waits to be sent to an account of some topics; it stays in the inbox."""
    wanted = frozenset(topics)
    names = [name for name, event in events.EVENTS.items() if event.topic in wanted]
    db.session.execute(
        update(Message)
        .where(
            Message.account_id == account_id,
            Message.channel.in_(LADDER),
            Message.event.in_(names),
            Message.state.in_(NOT_CALLED),
        )
        .values(
            state=MessageState.CANCELLED,
            last_error=UNSUBSCRIBED,
            lease_until=None,
            updated_at=clock.now(),
        )
        .execution_options(synchronize_session=False)
    )


def _row(account: Account) -> Preference:
    """Return the row of an account, locked; made with the usual choices where there is none."""
    row = db.session.get(Preference, account.id, with_for_update=True)
    if row is None:
        fresh = {"order": [], "unwanted": [], "updated_at": clock.now()}
        db.session.execute(
            insert_new(Preference, "account_id").values(account_id=account.id, **fresh)
        )
        row = db.session.get_one(Preference, account.id, with_for_update=True)
    return row
