"""Staff give an address for warnings, confirmed by a code, and are mailed there from then on."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import colleagues, queries, resets, staff_mail
from app.accounts.models import StaffMember
from app.audit.models import AuditEntry
from app.core.actor import Role
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.notifications import services as notifications
from app.notifications.models import Message
from tests.integration.accounts.test_second_factors import colleague, employ, sign_in
from tests.visitor import Visitor

PATH = "/en/desk/account/address"
HOME, WORK = "rana@home.example", "rana@work.example"


def messages(app: Flask, event: str) -> list[dict[str, str]]:
    with app.app_context():
        found = select(Message).where(Message.event == event).order_by(Message.id)
        return [dict(one.payload or {}) for one in db.session.scalars(found)]


def give(visitor: Visitor, app: Flask, address: str = HOME) -> None:
    """Give an address and enter the code that came to it."""
    visitor.open(PATH)
    visitor.submit({"address": address}, button="Send a code")
    visitor.submit(
        {"code": messages(app, "contact_code")[-1]["code"]}, button="Confirm the address"
    )


def mailed_at(app: Flask) -> str | None:
    with app.app_context():
        return staff_mail.address_of(queries.get_staff_by_login("rana"))


@pytest.fixture
def rana(visitor: Visitor, officer: str) -> Visitor:
    """Be an officer, signed in, whose login is no address."""
    sign_in(visitor)
    return visitor


def test_an_address_counts_once_its_code_was_entered(app: Flask, rana: Visitor) -> None:
    assert "You get no mail" in rana.open("/en/desk/account/security").text
    rana.open(PATH)
    rana.submit({"address": HOME.upper()}, button="Send a code")
    assert messages(app, "contact_code")[-1]["to"] == HOME
    assert mailed_at(app) is None
    rana.submit({"code": messages(app, "contact_code")[-1]["code"]}, button="Confirm the address")
    assert "Warnings are sent there from now on." in rana.page.text
    assert mailed_at(app) == HOME and HOME in rana.page.text
    assert messages(app, "security_changed")[-1]["to"] == HOME


def test_a_wrong_code_changes_nothing_and_tries_run_out(app: Flask, rana: Visitor) -> None:
    rana.open(PATH)
    rana.submit({"address": HOME}, button="Send a code")
    right = messages(app, "contact_code")[-1]["code"]
    for _try in range(5):
        rana.submit({"code": f"{(int(right) + 1) % 10**6:06}"}, button="Confirm the address")
    assert rana.page.status == 422
    rana.submit({"code": right}, button="Confirm the address")
    assert mailed_at(app) is None


@pytest.mark.parametrize("typed", ["rana", "رنا@example.org", "a@b", "x" * 300 + "@home.example"])
def test_what_is_no_address_is_said_at_the_field(app: Flask, rana: Visitor, typed: str) -> None:
    rana.open(PATH)
    rana.submit({"address": typed}, button="Send a code")
    assert (rana.page.status, messages(app, "contact_code")) == (422, [])
    assert rana.page.errors


def test_who_is_mailed_elsewhere_is_told_where_it_was_before(app: Flask, rana: Visitor) -> None:
    give(rana, app)
    give(rana, app, WORK)
    told = {one["to"] for one in messages(app, "security_changed")[-2:]}
    assert told == {HOME, WORK}
    assert all(one["path"].startswith("/desk/") for one in messages(app, "security_changed"))
    rana.open(PATH)
    rana.submit(button="Remove the address")
    assert mailed_at(app) is None
    assert messages(app, "security_changed")[-1]["to"] == WORK
    with app.app_context():
        acts = db.session.scalars(
            select(AuditEntry.action).where(AuditEntry.action.like("email.%"))
        )
        assert list(acts) == ["email.confirmed", "email.confirmed", "email.removed"]


def test_a_colleague_sends_the_link_there_and_a_change_makes_it_worthless(
    app: Flask, rana: Visitor, post_id: int
) -> None:
    employ(app, post_id, "head")
    with app.app_context():
        staff, head = queries.get_staff_by_login("rana"), colleague(app, "head", post_id)
        with pytest.raises(Conflict), transaction():
            resets.send_to_colleague(staff, actor=head)
    give(rana, app)
    with app.app_context():
        with transaction():
            resets.send_to_colleague(queries.get_staff_by_login("rana"), actor=head)
        assert [one.gets_mail for one in colleagues.list_of_post(post_id)] == [True, False]
    link = messages(app, "password_link")[-1]
    give(rana, app, WORK)
    with app.app_context():
        assert link["to"] == HOME
        assert resets.find_owner(link["path"].rpartition("/")[2]) is None


def test_an_address_that_cannot_be_read_leaves_the_login(app: Flask, post_id: int) -> None:
    employ(app, post_id, WORK, role=Role.OFFICER)
    with app.app_context(), transaction():
        staff = db.session.scalars(select(StaffMember)).one()
        staff.sealed_mail_address = b"damaged"
        notifications.tell_staff("password_none", staff, dedupe="x", payload={"path": "/x"})
    assert messages(app, "password_none")[-1]["to"] == WORK


def test_citizens_and_those_not_signed_in_find_no_such_page(
    app: Flask, visitor: Visitor, officer: str
) -> None:
    assert visitor.open(PATH).url.startswith("/en/desk/account/sign-in")
    assert visitor.open(f"{PATH}/code").url.startswith("/en/desk/account/sign-in")
