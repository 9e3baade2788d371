"""What nobody wants any more, or not at this hour, is not sent: asked again before each call."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts.models import Account, ContactKind
from app.core import clock, i18n
from app.core.actor import Actor, ActorKind
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.notifications import services, tasks
from app.notifications.announcements import services as announced
from app.notifications.announcements.rules import Step
from app.notifications.models import Channel, Message, MessageState
from app.notifications.preferences import services as preferences
from app.notifications.preferences.rules import Quiet, Wishes
from app.notifications.rules import LADDER, Topic, Wish
from tests import servers
from tests.factories import announcements, messages, people
from tests.servers import MailServer

EVENING = datetime(2026, 12, 3, 18, 50, tzinfo=UTC)
NIGHT = datetime(2026, 12, 3, 23, 0, tzinfo=UTC)
MORNING = datetime(2026, 12, 4, 5, 0, tzinfo=UTC)
"""Ten to ten, two o'clock and eight o'clock in Moscow."""
QUIET = Wishes(quiet=Quiet(begins=time(22), ends=time(8), zone="Europe/Moscow"))


def reader(wishes: Wishes | None = None) -> Account:
    """Return somebody who has an address; call inside a transaction."""
    people.post()
    account = messages.reachable()
    if wishes:
        preferences.save(account, wishes)
    return account


def tell(event: str, account: Account) -> None:
    payload = messages.payload(event)
    services.tell(event, account_id=account.id, dedupe=event, payload=payload)


def leaving() -> Message:
    """Return the first message that leaves the house."""
    found = select(Message).where(Message.channel.in_(LADDER)).order_by(Message.id)
    return db.session.scalars(found).all()[0]


def tried(*, in_doubt: bool = False) -> None:
    """Have its provider been called for it, which failed or put it off."""
    row = leaving()
    row.state, row.attempts, row.in_doubt = MessageState.RETRY_WAIT, 1, in_doubt
    row.due_at = clock.now()
    db.session.flush()


def drain_at(app: Flask, moment: datetime) -> tuple[MessageState, datetime]:
    """Send what is due at a moment; return how the message stands then, and when it is due."""
    with time_machine.travel(moment, tick=False), app.app_context():
        tasks.drain()
        row = leaving()
        return row.state, row.due_at


def stopped(account: Account) -> None:
    row = announcements.approved()
    announced.tell_next(row.uid)
    tried(in_doubt=True)
    announcements.step(row, Step.STOP, announcements.member())


def superseded(account: Account) -> None:
    tell("case_consigned", account)
    tried(in_doubt=True)
    tell("case_returned", account)


def unsubscribed(account: Account) -> None:
    tell("booking_reminder", account)
    tried(in_doubt=True)
    preferences.unsubscribe(account, Topic.REMINDERS)


@pytest.mark.parametrize("end", [stopped, superseded, unsubscribed])
def test_what_may_have_gone_out_is_not_called_for_again_once_it_is_unwanted(
    app: Flask, mail: MailServer, end: Callable[[Account], None]
) -> None:
    """It was of an outage, amid which somebody stopped it, that the wrong text went out after."""
    with app.app_context(), transaction():
        end(reader())
    with app.app_context():
        tasks.drain()
        row = leaving()

    assert (row.state, row.last_error) == (MessageState.CANCELLED, end.__name__)
    assert row.in_doubt, "that it may have gone out is still known"
    assert len(mail.received) == (end is superseded), "the newer one alone"


def test_what_a_provider_had_in_hand_when_it_became_untrue_is_not_tried_again(
    app: Flask, mail: MailServer
) -> None:
    with app.app_context(), transaction():
        account = reader()
        tell("case_consigned", account)
        leaving().state = MessageState.SENDING
        db.session.flush()
        tell("case_returned", account)
        tried()
    with app.app_context():
        tasks.drain()
        row = leaving()

    assert (row.state, row.last_error) == (MessageState.CANCELLED, "superseded")
    assert len(mail.received) == 1, "the newer one"


def test_staff_cannot_send_again_what_its_reader_has_unsubscribed(app: Flask) -> None:
    with app.app_context(), i18n.speaking("en"), transaction():
        account = reader()
        tell("booking_reminder", account)
        row = leaving()
        row.state = MessageState.UNKNOWN
        db.session.flush()
        preferences.unsubscribe(account, Topic.REMINDERS)

        with pytest.raises(Conflict) as refused:
            services.decide(row.uid, Wish.SEND_AGAIN, actor=Actor(kind=ActorKind.STAFF, id=1))

        assert "does not want such messages" in str(refused.value.sentence())
        assert row.state is MessageState.UNKNOWN


@pytest.mark.parametrize("was_tried", [True, False])
def test_what_was_held_up_until_night_waits_for_the_morning(
    app: Flask, mail: MailServer, was_tried: bool
) -> None:
    with time_machine.travel(EVENING, tick=False), app.app_context(), transaction():
        tell("case_accepted", reader(QUIET))
        if was_tried:
            tried()
    waits = MessageState.RETRY_WAIT if was_tried else MessageState.PENDING

    assert drain_at(app, NIGHT) == (waits, MORNING)
    assert mail.received == []
    assert drain_at(app, MORNING)[0] is MessageState.ACCEPTED
    assert len(mail.received) == 1


def test_a_warning_that_was_held_up_goes_at_any_hour(app: Flask, mail: MailServer) -> None:
    with time_machine.travel(EVENING, tick=False), app.app_context(), transaction():
        tell("sign_in_new_device", reader(QUIET))
        tried()

    assert drain_at(app, NIGHT)[0] is MessageState.ACCEPTED


def test_hours_that_are_chosen_now_hold_for_what_waits(app: Flask) -> None:
    with time_machine.travel(EVENING, tick=False), app.app_context(), transaction():
        account = reader()
        tell("case_accepted", account)
        leaving().due_at = NIGHT
        db.session.flush()

        preferences.save(account, QUIET)

        assert leaving().due_at == MORNING


def test_what_was_not_reached_for_a_day_is_told_by_the_next_way(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers.gateway() as server:
        settings = replace(
            app.config["SETTINGS"],
            sms_gateways=servers.gateways_of(server),
            smtp_url=f"smtp://127.0.0.1:{servers.free_port()}",
        )
        monkeypatch.setitem(app.config, "SETTINGS", settings)
        with time_machine.travel(MORNING, tick=False), app.app_context(), transaction():
            account = reader()
            messages.give(account, ContactKind.PHONE, "+79161234567")
            tell("case_accepted", account)

        drain_at(app, MORNING + timedelta(hours=24) - timedelta(milliseconds=1))

    with app.app_context():
        mail, text = db.session.scalars(
            select(Message).where(Message.channel.in_(LADDER)).order_by(Message.id)
        )
        assert (mail.state, mail.is_passed_on) == (MessageState.DEAD, True)
        assert (text.channel, text.event) == (Channel.SMS, "case_accepted")
