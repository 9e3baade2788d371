"""What a later message makes untrue is cancelled before it goes out, and nothing else is."""

import dataclasses

import pytest
from flask import Flask

from app.accounts.models import ContactKind
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.notifications import delivery, outdated, services, tasks, writing
from app.notifications.models import Channel, MessageState
from app.notifications.rules import Wish
from tests import servers
from tests.databases import counted_queries
from tests.factories import messages, people
from tests.servers import MailServer

CASE = 7


def reference_of(case: int) -> str:
    return f"JM-{case:04}-{case:04}-7"


def tell(event: str, account_id: int, *, case: int = CASE, **more: str) -> str:
    """Tell of a case; return the dedupe key."""
    dedupe = f"{event}/{case}/{account_id}"
    more = {"reference": reference_of(case)} | more
    services.tell(
        event,
        account_id=account_id,
        dedupe=dedupe,
        case_id=case,
        payload=messages.payload(event, **more),
    )
    return dedupe


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("correction_reminder", "correction_extended"),
        ("correction_asked", "correction_received"),
        ("case_submitted", "case_accepted"),
        ("case_consigned", "case_returned"),
        ("booking_moved_by_post", "booking_clocks"),
        ("case_lapsed", "case_revived"),
        ("booking_confirmed", "booking_moved"),
        ("booking_reminder", "booking_cancelled"),
        ("waiting_lapsing", "booking_confirmed"),
    ],
)
def test_what_is_untrue_by_now_is_not_sent(
    app: Flask, mail: MailServer, older: str, newer: str
) -> None:
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable()
        first = tell(older, account.id)
        tell(newer, account.id)
        before = messages.mail_of(first)
        assert (before.state, before.last_error) == (MessageState.CANCELLED, "superseded")
    with app.app_context():
        assert tasks.drain() == 1
    assert len(mail.received) == 1


def test_another_reader_another_case_and_another_visit_keep_theirs(app: Flask) -> None:
    with app.app_context(), transaction():
        one, other = messages.reachable(), messages.reachable(address="o@example.org")
        kept = [
            tell("booking_confirmed", other.id),
            tell("booking_confirmed", one.id, case=8),
            tell("booking_reminder", one.id, uid="b2"),
            tell("correction_asked", one.id),
        ]
        tell("booking_cancelled", one.id)
        assert {messages.mail_of(key).state for key in kept} == {MessageState.PENDING}


def test_a_household_keeps_the_message_that_tells_of_the_others_too(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        told = tell("booking_confirmed", account.id, others="JM-1111-1111-1")
        tell("booking_cancelled", account.id)
        assert messages.mail_of(told).state is MessageState.PENDING


def test_what_a_provider_has_in_hand_stays_what_it_is(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        keys = [tell("case_consigned", account.id, case=case) for case in (7, 8)]
        first, second = (messages.mail_of(key) for key in keys)
        first.state, second.state = MessageState.SENDING, MessageState.ACCEPTED
        db.session.flush()
        for case in (7, 8):
            tell("case_returned", account.id, case=case)
        states = [messages.mail_of(key).state for key in keys]
    assert states == [MessageState.SENDING, MessageState.ACCEPTED]


def test_a_worker_that_had_just_claimed_it_does_not_send_it(
    app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        account_id = messages.reachable().id
        tell("case_consigned", account_id)
    mark = delivery.mark

    def late(*given: object) -> object:
        monkeypatch.setattr(delivery, "mark", mark)
        tell("case_returned", account_id)
        return mark(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "mark", late)
    with app.app_context():
        tasks.drain()
    with app.app_context():
        (states,) = {
            one.state for one in messages.lines("case_consigned") if one.channel != "portal"
        }
    assert states is MessageState.CANCELLED
    assert len(mail.received) == 1


def test_the_inbox_keeps_everything_and_more_cases_cost_no_more(app: Flask) -> None:
    def tell_of(count: int) -> int:
        with transaction():
            news = []
            for number in range(count):
                address = f"{count}-{number}@example.org"
                account_id = messages.reachable(address=address).id
                tell("case_consigned", account_id, case=count * 100 + number)
                news.append((account_id, count * 100 + number))
            told = [
                services.News(
                    account_id=account_id,
                    dedupe=f"paid/{case}",
                    case_id=case,
                    payload=messages.payload("case_returned", reference=reference_of(case)),
                )
                for account_id, case in news
            ]
            with counted_queries(app) as sent:
                services.tell_all("case_returned", told)
                db.session.flush()
            assert (
                messages.mail_of(f"case_consigned/{news[0][1]}/{news[0][0]}").state == "cancelled"
            )
            return len([one for one in sent if one.startswith("SELECT")])

    with app.app_context():
        assert tell_of(1) == tell_of(5)
        assert Channel.PORTAL in {one.channel for one in messages.lines("case_consigned")}


def test_what_is_told_twice_by_one_name_is_told_once(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        keys = [tell("booking_moved_by_post", account.id) for _time in range(2)]
        assert messages.mail_of(keys[0]).state is MessageState.PENDING


def test_what_became_untrue_meanwhile_is_told_by_no_other_way(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = app.config["SETTINGS"]
    with servers.gateway() as server:
        named = dataclasses.replace(settings, sms_gateways=servers.gateways_of(server))
    monkeypatch.setitem(app.config, "SETTINGS", named)
    with app.app_context(), transaction():
        account = messages.reachable()
        messages.give(account, ContactKind.PHONE, "+79161234567")
        untrue, alone = tell("booking_moved_by_post", account.id), tell("case_ready", account.id)
        for key in (untrue, alone):
            messages.mail_of(key).state = MessageState.ACCEPTED
        db.session.flush()
        tell("booking_cancelled", account.id)

        passed = [writing.pass_on(messages.mail_of(key), clock.now()) for key in (untrue, alone)]

    assert passed == [False, True]


def test_staff_cannot_send_again_what_became_untrue_and_read_why(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        untrue = tell("booking_moved_by_post", account.id)
        account_id = account.id
        messages.mail_of(untrue).state = MessageState.UNKNOWN
    visitor = people.staff_visitor(app, Role.OFFICER)
    visitor.open("/en/desk/messages")
    with app.app_context(), transaction():
        tell("booking_cancelled", account_id)

    page = visitor.submit(button="Send again")

    assert "has made this one untrue or useless" in page.text
    assert "It is outdated or not wanted any more, and cannot be sent again." in page.text
    with app.app_context():
        assert messages.mail_of(untrue).state is MessageState.UNKNOWN


def test_what_is_outdated_of_many_is_found_at_once(app: Flask) -> None:
    counts = []
    for many in (1, 12):
        with app.app_context(), transaction():
            rows = []
            for number in range(many):
                account = messages.reachable(address=f"n{number}@{many}.example.org")
                rows.append(messages.told(account=account, dedupe=f"{many}/{number}"))
            with counted_queries(app) as statements:
                outdated.among(rows)
            counts.append(len(statements))

    assert counts[0] == counts[1]


def test_staff_can_send_again_what_is_still_true(app: Flask) -> None:
    with app.app_context(), transaction():
        account = messages.reachable()
        true = tell("case_ready", account.id)
        messages.mail_of(true).state = MessageState.UNKNOWN
        db.session.flush()
        tell("booking_cancelled", account.id)

    with app.app_context(), transaction():
        officer = Actor(kind=ActorKind.STAFF, id=1)
        services.decide(messages.mail_of(true).uid, Wish.SEND_AGAIN, actor=officer)

        assert messages.mail_of(true).state is MessageState.PENDING
