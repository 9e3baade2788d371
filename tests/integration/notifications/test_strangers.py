"""What strangers have sent to addresses that they type, and what reaches people without account."""

from datetime import timedelta

import pytest
from flask import Flask

from app.accounts import signals
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications import queries, recipients, services
from app.notifications.figures import queries as figures
from app.notifications.figures import rules as trouble
from app.notifications.figures import services as counting
from app.notifications.models import Message, MessageState
from tests.factories import people

LATER = timedelta(hours=25)


def asked_for_links(app: Flask, many: int) -> None:
    """Have strangers ask for passwords of addresses that take no mail."""
    with app.app_context(), transaction():
        for number in range(many):
            signals.reset_asked.send(
                None,
                address=f"n{number}@nowhere.example",
                language="ru",
                token="",
                uid=f"r{number}",
            )
        for message in db.session.query(Message):
            message.state, message.last_error = MessageState.DEAD, "refused"


def asked_for_consent(app: Flask, state: MessageState, *, case_id: int | None = 7) -> None:
    """Have the other parent been asked in vain."""
    with app.app_context(), transaction():
        services.tell_address(
            "consent_asked",
            address="mother@example.org",
            language="ru",
            dedupe="consent/c1/asked",
            payload={"path": "/consent/c1/t1", "until_on": "2026-12-10", "reference": "JM-1"},
            post_id=people.post().id,
            case_id=case_id,
        )
        message = db.session.query(Message).one()
        message.state, message.last_error = state, "refused"


def left_after(app: Flask, after: timedelta) -> int:
    with app.app_context(), transaction():
        services.forget_addressed(clock.now() + after)
    with app.app_context():
        return db.session.query(Message).count()


def test_what_strangers_have_sent_in_vain_is_a_figure_and_no_work_of_officers(app: Flask) -> None:
    with app.app_context(), transaction():
        people.post()
    asked_for_links(app, 30)
    officer = people.staff_visitor(app, Role.HEAD)

    page = officer.open("/en/desk/messages")

    assert "Nothing to decide" in page.text
    assert "Codes and links for addresses that took none" in page.text and "30" in page.text


def test_strangers_raise_no_alarm(app: Flask) -> None:
    asked_for_links(app, trouble.DEAD_LEAST)

    with app.app_context(), transaction():
        counting.count_hours(clock.now())
        assert figures.standing(clock.now()).dead == 0


def test_what_strangers_cause_is_counted_to_a_bound(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for_links(app, 5)
    monkeypatch.setattr(queries, "MOST_IN_VAIN", 3)

    with app.app_context():
        assert queries.count_asked_in_vain() == 3


@pytest.mark.parametrize("state", [MessageState.DEAD, MessageState.UNKNOWN])
def test_what_did_not_reach_the_other_parent_stays_until_it_is_decided(
    app: Flask, state: MessageState
) -> None:
    asked_for_consent(app, state)

    assert left_after(app, LATER) == 1
    assert left_after(app, services.UNDECIDED_KEPT + LATER) == 0


def test_what_was_decided_or_is_about_no_request_is_forgotten_after_a_day(app: Flask) -> None:
    asked_for_consent(app, MessageState.CANCELLED)
    assert left_after(app, LATER) == 0

    asked_for_consent(app, MessageState.DEAD, case_id=None)
    assert left_after(app, LATER) == 0


def test_staff_read_who_was_not_reached(app: Flask) -> None:
    asked_for_consent(app, MessageState.DEAD)
    officer = people.staff_visitor(app, Role.HEAD)

    page = officer.open("/en/desk/messages")

    assert all(said in page.text for said in ("Other parent", "m•••@example.org", "JM-1"))
    assert "mother@" not in page.text


@pytest.mark.parametrize(
    ("address", "shown"),
    [("mother@example.org", "m•••@example.org"), ("+79161234567", "•••67"), ("", "")],
)
def test_an_address_is_covered(address: str, shown: str) -> None:
    assert recipients.masked(address) == shown
