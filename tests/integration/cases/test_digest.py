"""Heads of section read each working morning how many cases are late, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.models import StaffMember, StaffRole
from app.cases import digest
from app.catalogue.models import Closure
from app.catalogue.workdays import ClosureScope
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.jobs.models import Job
from app.notifications import tasks as mails
from tests.factories import cases as factory
from tests.factories import people
from tests.servers import MailServer
from tests.visitor import values_of

NIGHT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""A Tuesday, four in the morning in Moscow."""
EIGHT = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)


def head(app: Flask, language: str = "en") -> str:
    """Return the address of a new head of the section."""
    with app.app_context(), transaction():
        return people.staff([Role.HEAD], language=language).login


def due(app: Flask, *days: date) -> None:
    """Make cases that are due on some days."""
    with app.app_context(), transaction():
        for day in days:
            factory.submitted(people.account()).due_on = day


def tick(app: Flask, at: datetime) -> None:
    with clock.pretend(at), app.app_context(), transaction():
        digest.schedule(at)


def work(app: Flask, at: datetime) -> None:
    """Do what is due at a moment, and send the mails."""
    with clock.pretend(at), app.app_context():
        jobs.drain()
        mails.drain()


def test_heads_read_counts_and_a_link(app: Flask, mail: MailServer) -> None:
    address = head(app)
    due(app, date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24), date(2026, 12, 24))

    tick(app, NIGHT)
    work(app, EIGHT - timedelta(minutes=1))
    assert mail.sent_to(address) == []
    work(app, EIGHT)

    (letter,) = mail.sent_to(address)
    body = letter.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "2 requests are late." in text
    assert "1 request is due within three days." in text
    assert "/en/desk/queue?tab=late" in text
    assert "JM-" not in text and "Layan" not in text and "ليان" not in text


def test_a_digest_is_sent_once_a_day_however_often_the_clock_ticks(
    app: Flask, mail: MailServer
) -> None:
    address = head(app)
    due(app, date(2026, 11, 20))

    for hour in (0, 1, 6, 12):
        tick(app, NIGHT + timedelta(hours=hour))
        work(app, EIGHT + timedelta(hours=hour))
    assert len(mail.sent_to(address)) == 1
    tick(app, NIGHT + timedelta(days=1))
    work(app, EIGHT + timedelta(days=1))

    assert len(mail.sent_to(address)) == 2


@pytest.mark.parametrize("days", [0, 4], ids=["a closed day", "a Saturday"])
def test_on_a_free_day_nobody_is_told(app: Flask, days: int) -> None:
    head(app)
    due(app, date(2026, 11, 20))
    with app.app_context(), transaction() as session:
        day = {"first_on": NIGHT.date(), "last_on": NIGHT.date(), "title": {"en": "Closed"}}
        session.add(Closure(post_id=people.post().id, scope=ClosureScope.ALL, **day))

    tick(app, NIGHT + timedelta(days=days))

    with app.app_context():
        assert db.session.scalars(select(Job).where(Job.kind == digest.SEND)).all() == []


def test_who_chose_otherwise_is_told_otherwise(app: Flask, mail: MailServer) -> None:
    weary, keen = people.staff_visitor(app, Role.HEAD), people.staff_visitor(app, Role.OFFICER)
    people.staff_visitor(app, Role.OFFICER)
    for visitor, wish in ((weary, {"digest": []}), (keen, {"digest": "y"})):
        visitor.open("/en/desk/account")
        visitor.open("/en/desk/messages/digest")
        assert "holds from the next morning" in visitor.submit(wish, button="Save").text
    due(app, date(2026, 11, 20))

    tick(app, NIGHT)
    work(app, EIGHT)

    ((told,), letter) = mail.received[0]
    with app.app_context():
        rights = select(StaffRole.role).join(StaffMember).where(StaffMember.login == told)
        assert db.session.scalars(rights).all() == [Role.OFFICER]
    body = letter.get_body(("plain",))
    assert len(mail.received) == 1
    assert body is not None and "/desk/messages/digest" in body.get_content()


@pytest.mark.parametrize("role", [Role.HEAD, Role.OFFICER])
def test_a_choice_is_shown_and_can_be_taken_back(app: Flask, role: Role) -> None:
    visitor = people.staff_visitor(app, role)
    shown = []
    wishes: tuple[Any, ...] = ([], "y")
    for wish in wishes:
        page = visitor.open("/en/desk/messages/digest")
        shown.append("digest" in values_of(page.form("Save")))
        visitor.submit({"digest": wish}, button="Save")
    page = visitor.open("/en/desk/messages/digest")

    assert shown == [role is Role.HEAD, False]
    assert "digest" in values_of(page.form("Save"))


def test_who_has_no_address_is_told_so_and_offered_nothing(app: Flask) -> None:
    visitor = people.staff_visitor(app, Role.OFFICER)
    with app.app_context(), transaction() as session:
        session.scalars(select(StaffMember)).one().login = "yusuf"

    page = visitor.open("/en/desk/messages/digest")
    answer = visitor.client.post("/en/desk/messages/digest", data={"digest": "y"})

    assert "no mail can be sent to you" in page.text and "Save" not in page.text
    assert answer.status_code in (400, 422)


def test_nothing_late_is_no_message_and_a_disabled_head_gets_none(
    app: Flask, mail: MailServer
) -> None:
    address, gone = head(app), head(app)
    with app.app_context(), transaction() as session:
        row = session.scalars(select(StaffMember).where(StaffMember.login == gone)).one()
        row.disabled_at = NIGHT

    tick(app, NIGHT)
    work(app, EIGHT)
    assert mail.sent_to(address) == []
    due(app, date(2026, 11, 20))
    tick(app, NIGHT + timedelta(days=1))
    work(app, EIGHT + timedelta(days=1))

    assert (len(mail.sent_to(address)), len(mail.sent_to(gone))) == (1, 0)
