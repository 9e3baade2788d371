"""A whole account is erased: its requests, persons, contacts, sessions and messages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import (
    Account,
    Authority,
    AuthorityKind,
    Contact,
    ContactKind,
    Person,
    SignIn,
)
from app.appointments import claiming
from app.appointments.models import Booking, BookingState, ClaimKind, Slot
from app.cases.models import Case
from app.core import clock
from app.core.actor import Role
from app.core.crypto import DataKey
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.notifications.models import Message
from app.reporting.retention import leaving
from app.reporting.wishes import services
from tests.factories import cases as factory
from tests.factories import messages, people, seats
from tests.integration.desk.conftest import Officer, drain, officer_at, submitted
from tests.integration.reporting.test_erasure_wishes import confirmed, proposed, signed_in
from tests.integration.reporting.test_retention import case_of, hits, needles, withdrawn


def asked(app: Flask) -> str:
    with app.test_request_context(), transaction():
        actor = factory.citizen(people.only_account())
        return services.ask_for_account(actor=actor).uid


def erased(app: Flask, by: Officer) -> None:
    """Have the account be erased by two of the post."""
    uid = asked(app)
    proposed(app, uid, by)
    confirmed(app, uid, officer_at(app, Role.HEAD))
    drain(app)


def reachable(app: Flask) -> None:
    """Give the account an address."""
    with app.app_context(), transaction():
        messages.give(people.only_account(), ContactKind.EMAIL, "layan@example.org")


def left_of(app: Flask) -> Iterator[bytes]:
    """Yield what is kept of the account itself."""
    account = people.only_account()
    for contact in db.session.scalars(select(Contact)):
        yield contact.address_hash.encode()
        yield contact.sealed_address
    yield account.data_key.wrapped or b"?"
    of_account = Message.account_id == account.id
    yield from db.session.scalars(select(Message.sealed_payload).where(of_account))
    own = select(SignIn.token_hash).where(SignIn.account_id == account.id)
    yield from (token.encode() for token in db.session.scalars(own))


@pytest.mark.race
@pytest.mark.proves("S43")
def test_nothing_of_the_account_is_left(racing_app: Flask) -> None:
    app = racing_app
    officer = officer_at(app, Role.OFFICER)
    reference = withdrawn(app, officer)
    reachable(app)
    signed_in(app).open("/en/account/erasure")
    with app.app_context():
        wanted = needles(app, reference) | set(left_of(app))
        before = hits(app, wanted)

    erased(app, officer)

    with app.app_context():
        assert len(before) > 24, "the search bites"
        assert hits(app, wanted) == set()
        stored = Path(app.config["SETTINGS"].storage_url.removeprefix("file://"))
        assert not [path for path in stored.rglob("*") if path.is_file()]


@pytest.mark.proves("S43")
def test_what_is_left_is_an_empty_shell(app: Flask, officer: Officer) -> None:
    withdrawn(app, officer)
    reachable(app)
    erased(app, officer)

    with app.app_context():
        account = people.only_account()
        assert account.erased_at and account.data_key.destroyed_at
        assert db.session.scalar(select(Person.id).where(Person.fingerprint != "")) is None
        for model in (Contact, SignIn, Authority):
            assert db.session.scalar(select(model.id).where(model.account_id == account.id)) is None
        last = db.session.scalars(select(Message)).one()
        assert (last.event, last.account_id) == ("account_erased", None)


def test_its_sessions_end_and_its_drafts_go(app: Flask, officer: Officer) -> None:
    withdrawn(app, officer)
    visitor = signed_in(app)
    with app.app_context(), transaction():
        draft = factory.draft(people.only_account()).reference
    assert visitor.open("/en/account").status == 200

    erased(app, officer)

    assert visitor.open("/en/account").heading != "My account"
    with app.app_context():
        assert db.session.scalar(select(Case.id).where(Case.reference == draft)) is None


@pytest.mark.proves("S43")
def test_a_running_request_keeps_the_account(app: Flask, officer: Officer) -> None:
    submitted(app)
    uid = asked(app)
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.propose_to_grant(uid, "x", actor=officer.actor)
    with app.app_context():
        assert people.only_account().erased_at is None


@pytest.mark.proves("S43")
def test_a_person_whom_another_account_needs_stays(app: Flask, officer: Officer) -> None:
    reference = withdrawn(app, officer)
    with app.app_context(), transaction() as session:
        person = case_of(app, reference).person
        uid = person.uid
        row = Authority(person=person, kind=AuthorityKind.GUARDIAN, created_at=clock.now())
        row.account = people.account()
        session.add(row)
        session.execute(update(Case).values(account_id=people_first(app)))
    with app.app_context(), transaction():
        actor = factory.citizen(db.session.get_one(Account, people_first(app)))
        wish = services.ask_for_account(actor=actor).uid
    proposed(app, wish, officer)
    confirmed(app, wish, officer_at(app, Role.HEAD))
    drain(app)

    with app.app_context():
        kept = db.session.scalars(select(Person).where(Person.uid == uid)).one()
        assert kept.details


def people_first(app: Flask) -> int:
    return db.session.scalars(select(Account.id).order_by(Account.id).limit(1)).one()


@pytest.mark.proves("S43")
def test_an_appointment_is_given_back_first(app: Flask, officer: Officer) -> None:
    reference = withdrawn(app, officer)
    with app.app_context(), transaction():
        seats.make_site(people.post(), code="moscow")
        slot = seats.make_slot(seats.make_pool(people.post()), seats=2)
        booking = seats.make_booking(case_of(app, reference), slot)
        claiming.take(booking, [slot.id], ClaimKind.MAIN)
        slot_id, uid = slot.id, booking.uid
    with app.app_context():
        assert taken(slot_id) == 1

    erased(app, officer)

    with app.app_context():
        assert taken(slot_id) == 0
        state = select(Booking.state).where(Booking.uid == uid)
        assert db.session.scalar(state) is BookingState.CANCELLED


def taken(slot_id: int) -> int:
    return db.session.scalars(select(Slot.taken).where(Slot.id == slot_id)).one()


@pytest.mark.proves("S43")
def test_an_account_of_an_older_copy_is_erased_again(
    app: Flask, officer: Officer, tmp_path: Path
) -> None:
    reference = withdrawn(app, officer)
    reachable(app)
    with app.app_context():
        uid = people.only_account().uid
    listed = tmp_path / "erasures"
    listed.write_text(f"{reference}\naccount:{uid}\naccount:{'0' * 32}\n", "ascii")
    run = app.test_cli_runner().invoke

    assert "2 requests and accounts" in run(args=["replay-erasures", str(listed)]).output
    assert "0 requests and accounts" in run(args=["replay-erasures", str(listed)]).output

    assert run(args=["erasures"]).output == f"{reference}\naccount:{uid}\n"
    with app.app_context():
        assert db.session.scalar(select(Contact.id)) is None
        keys = select(DataKey).join(Account, Account.data_key_id == DataKey.id)
        assert db.session.scalars(keys).one().wrapped is None


def test_the_key_of_a_shell_waits_for_what_a_head_keeps(app: Flask, officer: Officer) -> None:
    withdrawn(app, officer)
    with app.app_context(), transaction():
        leaving.erase_account(people.only_account().id)
    with app.app_context(), transaction() as session:
        assert people.only_account().data_key.wrapped
        assert leaving.finish_shells() == 0
        session.execute(update(Case).values(account_id=None))
        assert leaving.finish_shells() == 1
        assert people.only_account().data_key.wrapped is None
