"""Figures of what was sent, kept by the hour, and heads who are told once of trouble."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications import delivery, tasks
from app.notifications import queries as counts
from app.notifications.carriers.models import Carrier
from app.notifications.events import BULK
from app.notifications.figures import queries, services
from app.notifications.figures.models import MessageHour, SendingTrouble
from app.notifications.figures.rules import Figures
from app.notifications.models import Channel, Message, MessageState
from app.notifications.rules import Provider, Reply, Result
from tests.databases import counted_queries
from tests.factories import messages, people
from tests.servers import MailServer

NOON = "2026-12-03T12:20:00+00:00"
SERVER = Provider(name="smtp")


@pytest.fixture(autouse=True)
def hand() -> Iterator[time_machine.Traveller]:
    """Be at twenty past noon, where time stands still."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def call(result: Result, hand: time_machine.Traveller, *, after_s: int) -> None:
    """Have the message that is due be called for, some seconds later."""
    with transaction():
        hand.shift(after_s)
        claim = delivery.claim(Channel.EMAIL, clock.now())
        assert claim is not None
    with transaction():
        marked = delivery.mark(claim.id, claim.fence, SERVER)
        assert marked is not None
    with transaction():
        delivery.record(claim.id, claim.fence, marked.number, Reply(result=result))


def tell(dedupe: str, post_id: int | None = None) -> None:
    with transaction():
        account = messages.reachable(address=f"{dedupe}@example.org")
        messages.told(account=account, dedupe=dedupe).post_id = post_id


def count(**later: int) -> dict[Channel, Figures]:
    with transaction():
        services.count_hours(clock.now() + timedelta(**later))
    return queries.since(clock.now() - timedelta(hours=24), people.post().id)


def test_the_figures_say_what_was_swift_repeated_and_lost(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        tell("swift")
        call(Result.ACCEPTED, hand, after_s=9)
        tell("slow")
        call(Result.ACCEPTED, hand, after_s=12)
        tell("again")
        call(Result.BUSY, hand, after_s=0)
        call(Result.ACCEPTED, hand, after_s=1200)
        tell("refused")
        call(Result.REFUSED, hand, after_s=0)
        tell("doubtful")
        call(Result.AMBIGUOUS, hand, after_s=0)

        with transaction():
            people.post()
        assert count() == {
            Channel.EMAIL: Figures(called=6, taken=3, swift=1, retries=1, unknown=1, dead=1)
        }
        assert count(minutes=10) == count(), "counted again, not added"


def test_hours_that_nobody_counted_are_made_up_for(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        with transaction():
            people.post()
        count()
        tell("late")
        call(Result.ACCEPTED, hand, after_s=1)
        hand.shift(timedelta(hours=5))

        tell("now")
        call(Result.ACCEPTED, hand, after_s=1)

        count()
        hours = db.session.scalars(select(MessageHour.called)).all()
    assert hours == [1, 1]


def test_old_hours_are_forgotten(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context():
        tell("old")
        call(Result.ACCEPTED, hand, after_s=1)
        with transaction():
            people.post()
        assert count()
        hand.shift(services.KEPT + timedelta(hours=2))
        count()
        assert db.session.scalars(select(MessageHour)).all() == []


def test_a_post_sees_its_own_figures_and_those_of_codes(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        with transaction():
            own, other = people.post().id, people.post("berlin", "JB").id
        for dedupe, post_id in (("own", own), ("other", other), ("code", None)):
            tell(dedupe, post_id)
            call(Result.ACCEPTED, hand, after_s=0)
        count()

        day = clock.now() - timedelta(hours=24)
        assert queries.since(day, own)[Channel.EMAIL].called == 2
        assert queries.since(day, other)[Channel.EMAIL].called == 2


def watch() -> None:
    with transaction():
        services.watch(clock.now())


def alarms() -> list[str]:
    rows = select(Message.state).where(Message.event == "sending_trouble")
    return list(db.session.scalars(rows))


def test_heads_are_told_once_of_what_is_overdue_and_again_another_day(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        with transaction():
            for role in (Role.HEAD, Role.ADMIN, Role.OFFICER):
                people.staff([role])
        tell("stuck")
        watch()
        assert alarms() == []

        for _turn in range(3):
            hand.shift(timedelta(minutes=6))
            watch()
        assert len(alarms()) == 2, "the head and the admin"
        assert app.test_client().get("/readyz").get_json()["sending_troubles"] == 1

        with transaction():
            stuck = messages.mail_of("stuck")
            stuck.state = MessageState.ACCEPTED
            db.session.query(Message).filter_by(event="sending_trouble").update(
                {"state": MessageState.ACCEPTED}
            )
        watch()
        assert "sending_troubles" not in app.test_client().get("/readyz").get_json()
        assert db.session.scalars(select(SendingTrouble.ended_at)).one() is not None


def test_a_provider_that_is_left_alone_is_told_of_and_shown(
    app: Flask, hand: time_machine.Traveller
) -> None:
    head = people.staff_visitor(app, Role.HEAD)
    with app.app_context():
        with transaction():
            since = clock.now()
            for name in ("smtp", "whom no setting names"):
                db.session.add(Carrier(name=name, recent="x" * 20, opened_at=since, successes=0))
        hand.shift(timedelta(minutes=3))
        watch()
        assert len(alarms()) == 1

    page = head.open("/en/desk/messages/figures")

    assert "smtp" in page.text
    assert "whom no setting names" not in page.text
    assert "A provider of messages fails and is left alone." in page.text


def test_the_mail_names_the_trouble_and_leads_to_the_figures(
    app: Flask, hand: time_machine.Traveller, mail: MailServer
) -> None:
    with app.app_context():
        with transaction():
            login = people.staff([Role.HEAD], language="ru").login
        tell("stuck")
        hand.shift(timedelta(minutes=6))
        watch()
        tasks.drain()

    (letter,) = mail.sent_to(login)
    body = letter.get_body(("plain",))
    assert body is not None
    assert "/ru/desk/messages/figures" in body.get_content()


def test_the_page_costs_the_same_however_much_was_sent(
    app: Flask, hand: time_machine.Traveller
) -> None:
    head = people.staff_visitor(app, Role.HEAD)

    def asked() -> int:
        with counted_queries(app) as sent:
            assert head.open("/ar/desk/messages/figures").status == 200
        return len(sent)

    none = asked()
    with app.app_context():
        for number in range(3):
            tell(f"n{number}")
            call(Result.ACCEPTED, hand, after_s=1)
        count()
    assert asked() == none


@pytest.mark.parametrize("role", [Role.OFFICER, Role.RECEPTIONIST])
def test_others_have_no_figures(app: Flask, role: Role) -> None:
    assert people.staff_visitor(app, role).open("/en/desk/messages/figures").status == 404


def test_a_large_announcement_is_late_and_no_trouble(
    app: Flask, hand: time_machine.Traveller
) -> None:
    with app.app_context():
        tell("late")
        with transaction():
            messages.mail_of("late").priority = BULK
        hand.shift(timedelta(minutes=30))

        assert (queries.oldest_due_at(clock.now()), counts.count_overdue(clock.now())) == (None, 0)


def test_at_the_full_hour_the_one_before_counts(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context():
        tell("refused")
        call(Result.REFUSED, hand, after_s=0)
        hand.shift(timedelta(minutes=41))
        count()

        standing = queries.standing(clock.now())
    assert (standing.called, standing.dead) == (1, 1)


def test_what_was_passed_on_is_not_lost(app: Flask, hand: time_machine.Traveller) -> None:
    with app.app_context():
        tell("refused")
        call(Result.REFUSED, hand, after_s=0)
        with transaction():
            messages.mail_of("refused").is_passed_on = True

        assert count()[Channel.EMAIL].dead == 0
        assert MessageState.DEAD not in counts.count_open(None)
