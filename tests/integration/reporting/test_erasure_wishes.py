"""Citizens have a request erased: one of the post proposes, a head who is not them decides."""

from datetime import timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import sessions
from app.accounts.models import SignIn
from app.audit.models import AuditEntry
from app.cases import reopening
from app.cases.models import Case
from app.cases.rules import State
from app.core import clock
from app.core.actor import Role
from app.core.db import constraint_of, db, new_uid, transaction
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound
from app.notifications.models import Message
from app.reporting.retention import queries as retention
from app.reporting.retention import services as retaining
from app.reporting.retention.models import Retention
from app.reporting.wishes import queries, services
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Ground, WishState
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, drain, officer_at, submitted
from tests.integration.reporting.test_retention import case_of, withdrawn
from tests.visitor import Visitor

MINE = "/en/account/erasure"
DESK = "/en/desk/erasure"


@pytest.fixture
def reference(app: Flask, officer: Officer) -> str:
    """Be a request that its citizen withdrew."""
    return withdrawn(app, officer)


@pytest.fixture
def owner(app: Flask, reference: str) -> Visitor:
    """Be the citizen whose request it is, signed in a moment ago."""
    return signed_in(app)


def signed_in(app: Flask) -> Visitor:
    with app.test_request_context(), transaction():
        token = sessions.begin(account=people.only_account())
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def asked(app: Flask, reference: str) -> str:
    """Have the citizen ask for the erasure of a request; return the uid of the wish."""
    with app.app_context(), transaction():
        actor = factory.citizen(people.only_account())
        return services.ask_for_case(reference, actor=actor).uid


def proposed(app: Flask, uid: str, by: Officer) -> None:
    with app.app_context(), transaction():
        services.propose_to_grant(uid, "Nothing stands against it.", actor=by.actor)


def confirmed(app: Flask, uid: str, by: Officer) -> None:
    with app.app_context(), transaction():
        services.confirm(uid, actor=by.actor)


def state_of(app: Flask, uid: str) -> WishState:
    with app.app_context():
        return db.session.scalars(select(ErasureWish.state).where(ErasureWish.uid == uid)).one()


def told(app: Flask) -> list[str]:
    with app.app_context():
        found = db.session.scalars(select(Message.event).order_by(Message.id))
        return [event for event in dict.fromkeys(found) if "erasure" in event]


@pytest.mark.proves("S15", "S43")
def test_a_request_is_erased_when_two_of_the_post_agree(
    app: Flask, owner: Visitor, reference: str, officer: Officer, head: Officer
) -> None:
    owner.open(f"/en/requests/{reference}")
    owner.follow("Erase this request")
    assert "To be answered" in owner.submit({}, button="Apply for the erasure").text

    officer.visitor.open(DESK)
    officer.visitor.follow("Open")
    officer.visitor.submit({"reason": "No law demands it."}, button="Propose to erase")
    head.visitor.open(DESK)
    head.visitor.follow("Open")
    assert "erased now" in head.visitor.submit({}, button="Decide as proposed").text
    drain(app)

    with app.app_context():
        assert retention.list_references() == [reference]
        assert case_of(app, reference).data_key.wrapped is None
    assert told(app) == ["erasure_asked", "erasure_done"]


def test_a_wish_that_was_carried_out_leads_to_nobody(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    proposed(app, uid, officer)
    confirmed(app, uid, head)
    drain(app)

    with app.app_context():
        wish = db.session.scalars(select(ErasureWish)).one()
        assert (wish.state, wish.account_id, wish.case_id) == (WishState.DONE, None, None)
        assert wish.sealed_reason is None and wish.decided_by == head.actor.id
        steps = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    wanted = ["asked", "proposed", "granted", "done"]
    assert [one for one in steps if one.startswith("erasure_wish.")] == [
        f"erasure_wish.{step}" for step in wanted
    ]


@pytest.mark.proves("S15")
def test_a_refusal_is_read_with_its_ground(
    app: Flask, owner: Visitor, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    desk = officer.visitor
    desk.open(f"{DESK}/{uid}")
    assert desk.submit({"reason": "Law 5."}, button="Propose to refuse").status == 422
    desk.submit({"reason": "Law 5 of 2020.", "ground": "duty"}, button="Propose to refuse")
    head.visitor.open(f"{DESK}/{uid}")
    head.visitor.submit({}, button="Decide as proposed")

    page = owner.open(MINE)

    assert "A law demands that it is kept for a time" in page.text
    assert "Law 5 of 2020." in page.text
    assert told(app) == ["erasure_asked", "erasure_refused"]
    drain(app)
    with app.app_context():
        assert retention.list_references() == []


@pytest.mark.proves("S15")
def test_who_proposed_does_not_decide(app: Flask, reference: str, head: Officer) -> None:
    uid = asked(app, reference)
    proposed(app, uid, head)

    with app.app_context(), pytest.raises(NotAllowed), transaction():
        services.confirm(uid, actor=head.actor)
    assert "Decide as proposed" not in head.visitor.open(f"{DESK}/{uid}").text

    confirmed(app, uid, officer_at(app, Role.HEAD))
    assert state_of(app, uid) is WishState.GRANTED


@pytest.mark.proves("S15")
@pytest.mark.parametrize(
    ("column", "rule"),
    [("proposed_by", "decided_by_another"), (None, "proposed_first")],
)
def test_the_database_wants_two_people(
    app: Flask, reference: str, head: Officer, column: str | None, rule: str
) -> None:
    uid = asked(app, reference)
    by: dict[str, object] = {"decided_by": head.actor.id, "decided_at": clock.now()}
    by["state"] = WishState.GRANTED
    if column:
        by |= {"proposed_by": head.actor.id, "proposed_at": clock.now(), "answer": "grant"}

    with app.app_context(), pytest.raises(IntegrityError) as refusal, transaction() as session:
        session.execute(update(ErasureWish).where(ErasureWish.uid == uid).values(by))
    assert constraint_of(refusal.value) == f"ck_erasure_wish_{rule}"


def test_what_another_citizen_asked_for_looks_as_if_it_were_not(app: Flask, reference: str) -> None:
    uid = asked(app, reference)
    other = people.citizen_visitor(app)
    other.open(MINE)
    for address in (f"{MINE}/{uid}/withdraw", f"{MINE}/{new_uid()}/withdraw"):
        assert other.client.post(address).status_code in (400, 404)
    pages = [other.open(f"{MINE}/requests/{one}") for one in (reference, "JM-0000-0000-0")]
    assert {(page.status, page.heading) for page in pages} == {(404, pages[0].heading)}
    with app.app_context(), pytest.raises(NotFound), transaction():
        services.withdraw(uid, actor=factory.citizen(people.account()))
    assert state_of(app, uid) is WishState.ASKED


def test_another_post_knows_nothing_of_it(app: Flask, reference: str) -> None:
    uid = asked(app, reference)
    other = officer_at(app, Role.HEAD, post="kazan", prefix="JK")
    with app.app_context(), pytest.raises(NotFound), transaction():
        services.propose_to_grant(uid, "x", actor=other.actor)
    assert state_of(app, uid) is WishState.ASKED


def test_pressed_twice_it_is_one_wish(app: Flask, owner: Visitor, reference: str) -> None:
    owner.open(f"{MINE}/requests/{reference}")
    form = {"key": "k1"}
    for _press in range(2):
        owner.open(f"{MINE}/requests/{reference}")
        if _press == 0:
            owner.submit(form, button="Apply for the erasure")
    assert asked(app, reference) == asked(app, reference)

    with app.app_context():
        wish = db.session.scalars(select(ErasureWish)).one()
        columns = {name: getattr(wish, name) for name in ("post_id", "account_id", "case_id")}
        columns |= {name: getattr(wish, name) for name in ("scope", "state", "asked_at", "due_on")}
    with app.app_context(), pytest.raises(IntegrityError) as refusal, transaction() as session:
        session.add(ErasureWish(**columns))
    assert constraint_of(refusal.value) == "uq_erasure_wish_of_case"


def test_only_who_signed_in_a_moment_ago_applies(
    app: Flask, owner: Visitor, reference: str
) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(SignIn).values(confirmed_at=clock.now() - timedelta(hours=1)))
    owner.open(f"{MINE}/requests/{reference}")

    page = owner.submit({}, button="Apply for the erasure")

    assert "sign" in page.heading.lower()
    with app.app_context():
        assert db.session.scalar(select(ErasureWish.id)) is None


@pytest.mark.proves("S43")
def test_a_running_request_cannot_be_erased(app: Flask, officer: Officer) -> None:
    uid = asked(app, submitted(app))
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.propose_to_grant(uid, "x", actor=officer.actor)
    with app.app_context(), pytest.raises(Invalid), transaction():
        services.propose_to_refuse(uid, Ground.APPEAL, "x", actor=officer.actor)

    with app.app_context(), transaction():
        services.propose_to_refuse(uid, Ground.RUNNING, "It runs.", actor=officer.actor)
    assert state_of(app, uid) is WishState.PROPOSED


@pytest.mark.proves("S43")
def test_a_request_that_begins_again_is_not_erased(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    proposed(app, uid, officer)
    reopen(app, reference, head)

    with app.app_context(), pytest.raises(Conflict), transaction():
        services.confirm(uid, actor=head.actor)

    with app.app_context(), transaction():
        services.send_back(uid, "It runs again.", actor=head.actor)
    assert state_of(app, uid) is WishState.ASKED


def reopen(app: Flask, reference: str, by: Officer) -> None:
    with app.app_context(), transaction():
        case = case_of(app, reference)
        act = partial(reopening.reopen, reference, ground="A mistake.", actor=by.actor)
        act(seen=case.version, key=new_uid())


def test_what_is_granted_cannot_begin_again(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    proposed(app, uid, officer)
    confirmed(app, uid, head)
    with pytest.raises(NotFound):
        reopen(app, reference, head)


@pytest.mark.proves("S43")
def test_what_a_head_keeps_after_all_is_not_erased(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    proposed(app, uid, officer)
    confirmed(app, uid, head)
    with app.app_context(), transaction() as session:
        case = case_of(app, reference)
        due_on = clock.now().date()
        session.add(Retention(case_id=case.id, uid=new_uid(), due_on=due_on))
        session.flush()
        plan = retention.get_of_post(reference, case.post_id)
        retaining.hold(plan, "A court asks for it.", actor=head.actor)

    drain(app)

    assert state_of(app, uid) is WishState.ASKED
    with app.app_context():
        assert retention.list_references() == []
        assert services.grounds_of(db.session.scalars(select(ErasureWish)).one()) == [Ground.HELD]


def test_it_is_withdrawn_until_it_is_decided(
    app: Flask, owner: Visitor, reference: str, officer: Officer, head: Officer
) -> None:
    uid = asked(app, reference)
    proposed(app, uid, officer)
    owner.open(MINE)
    assert "Nothing is erased" in owner.submit({}, button="Withdraw the application").text
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.confirm(uid, actor=head.actor)

    again = asked(app, reference)
    assert again != uid
    proposed(app, again, officer)
    confirmed(app, again, head)
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.withdraw(again, actor=factory.citizen(people.only_account()))


def test_the_list_names_the_last_day(app: Flask, reference: str, officer: Officer) -> None:
    asked(app, reference)
    assert "Applications for erasure" in officer.visitor.open("/en/desk").text
    with app.app_context():
        wish = queries.list_of_post(officer.actor.post_id or 0)[0]
        assert timedelta(days=10) < wish.due_on - wish.asked_at.date() <= timedelta(days=30)
    assert reference in officer.visitor.open(DESK).text


def test_a_draft_is_deleted_and_not_applied_for(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.draft(people.account()).reference
    assert signed_in(app).open(f"{MINE}/requests/{reference}").status == 409
    with app.app_context():
        assert case_of(app, reference).state is State.DRAFT
        assert db.session.scalar(select(Case.closed_at)) is None


def test_an_account_is_applied_for_once_whatever_was_applied_for_since(
    app: Flask, owner: Visitor, reference: str
) -> None:
    with app.app_context(), transaction():
        actor = factory.citizen(people.only_account())
        services.ask_for_account(actor=actor)
        for _turn in range(queries.MOST_SHOWN):
            services.withdraw(services.ask_for_case(reference, actor=actor).uid, actor=actor)

    assert "You have applied for this" in owner.open(MINE).text
