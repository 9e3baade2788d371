"""A wish for erasure goes where its request goes: into an account, or to another post."""

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.accounts.rules import AuthorityKind
from app.cases import queries as cases
from app.cases import visitors
from app.cases.models import Case
from app.core.actor import SYSTEM, Actor
from app.core.db import db, transaction
from app.core.errors import NotFound
from app.notifications.models import Message
from app.reporting.wishes import services
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import WishState
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import Officer, taken
from tests.integration.desk.test_transfer import kazan as kazan
from tests.integration.desk.test_transfer import transfer
from tests.integration.reporting.test_visitor_erasure import reference as reference


def recorded(app: Flask, reference: str, by: Officer) -> str:
    """Record the wish of a visitor whom an officer has seen."""
    with app.test_request_context(), transaction():
        return services.record_for_visitor(reference, "rana@example.org", actor=by.actor).uid


def claimed(app: Flask, reference: str) -> Actor:
    """Have the request be taken into an account; return its citizen."""
    with app.test_request_context(), transaction():
        owner = factory.citizen(people.account())
        case = cases.get_case(reference, SYSTEM)
        code, birth = case.follow_code or "", (case.person.details or {})["birth"]
        visitors.claim(reference, code, birth, kind=AuthorityKind.PARENT, actor=owner, key="claim")
        return owner


@pytest.mark.proves("S43")
def test_who_takes_the_request_is_told_of_the_wish_and_may_withdraw_it(
    app: Flask, reference: str, officer: Officer
) -> None:
    uid = recorded(app, reference, officer)

    owner = claimed(app, reference)

    with app.app_context():
        wish = db.session.scalars(select(ErasureWish)).one()
        assert (wish.account_id, wish.state) == (owner.id, WishState.ASKED)
        assert wish.contact is None
        told = select(Message.event).where(Message.account_id == owner.id)
        assert "erasure_asked" in db.session.scalars(told).all()
    with app.test_request_context(), transaction():
        assert services.withdraw(uid, actor=owner).state is WishState.WITHDRAWN


@pytest.mark.proves("S43")
def test_a_proposal_of_before_does_not_count_for_the_owner(
    app: Flask, reference: str, officer: Officer, head: Officer
) -> None:
    uid = recorded(app, reference, officer)
    with app.test_request_context(), transaction():
        services.propose_to_grant(uid, "Nothing stands against it.", actor=officer.actor)

    claimed(app, reference)

    with app.app_context():
        wish = db.session.scalars(select(ErasureWish)).one()
        assert (wish.state, wish.reason, wish.proposed_by) == (WishState.ASKED, None, None)


@pytest.mark.proves("S43")
def test_the_post_to_which_a_request_went_decides(
    app: Flask, officer: Officer, head: Officer, kazan: Officer
) -> None:
    running = taken(app, officer)
    with app.app_context(), transaction() as session:
        session.execute(update(Case).where(Case.reference == running).values(account_id=None))
    uid = recorded(app, running, officer)

    with app.app_context():
        transfer(running, head)

    with app.app_context():
        wish = db.session.scalars(select(ErasureWish)).one()
        assert wish.post_id == kazan.actor.post_id
    with app.app_context(), pytest.raises(NotFound), transaction():
        services.propose_to_grant(uid, "Nothing stands against it.", actor=officer.actor)
