"""Rights are given by two admins and taken by one; the record names them all."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import timedelta
from functools import partial

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.accounts import queries, services
from app.accounts.models import StaffMember
from app.accounts.rights import queries as rights_queries
from app.accounts.rights import services as rights
from app.accounts.rights.models import RightsAsked
from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import SYSTEM, Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import Conflict, DomainError, NotAllowed, NotFound
from app.notifications.models import Message
from tests.databases import counted_queries
from tests.factories import people
from tests.integration.accounts.test_second_factors import employ, sign_in
from tests.integration.accounts.test_staff import is_in
from tests.storm import rush
from tests.visitor import Visitor

SOON = timedelta(minutes=1)
pytestmark = pytest.mark.proves("S15")


def admin(login: str, post_id: int) -> Actor:
    staff = queries.get_staff_by_login(login)
    return Actor(kind=ActorKind.STAFF, id=staff.id, post_id=post_id, roles=frozenset({Role.ADMIN}))


def uid_of(login: str) -> str:
    return queries.get_staff_by_login(login).uid


def roles_of(login: str) -> set[Role]:
    return {one.role for one in queries.get_staff_by_login(login).roles}


def ask(post_id: int, *, login: str = "rana", role: Role = Role.HEAD) -> str:
    """Have the first admin ask for a role; return what names it."""
    with transaction():
        rights.ask_role(uid_of(login), role, actor=admin("first", post_id))
    return _last_asked()


def _last_asked() -> str:
    return db.session.scalars(select(RightsAsked.uid).order_by(RightsAsked.id.desc())).first() or ""


@pytest.fixture
def admins(app: Flask, officer: str, post_id: int) -> Flask:
    """Be an app whose post has two admins and an officer."""
    employ(app, post_id, "first", "second", role=Role.ADMIN)
    return app


def test_a_role_is_given_when_a_second_admin_agrees(
    admins: Flask, visitor: Visitor, post_id: int
) -> None:
    first, second = Visitor(admins.test_client()), Visitor(admins.test_client())
    sign_in(first, "first")
    sign_in(second, "second")
    sign_in(visitor)
    with admins.app_context():
        path = f"/en/admin/staff/{uid_of('rana')}"

    first.open(path)
    first.submit({"role": "head"}, button="Ask for the role")
    assert "Another administrator of the post has to agree" in first.page.text
    assert "tell one of them" in first.page.text
    assert is_in(visitor)
    assert "Waits for a second administrator" in second.open("/en/admin/staff").text
    second.open(path)
    second.submit(button="Agree")

    assert "Your colleague has to sign in anew." in second.page.text
    with admins.app_context():
        assert roles_of("rana") == {Role.OFFICER, Role.HEAD}
    assert visitor.open("/en/desk/account").url.startswith("/en/desk/account/sign-in")


def test_whoever_may_agree_is_mailed_at_once_and_nobody_else(admins: Flask, post_id: int) -> None:
    """An admin whose session was stolen hears of it nowhere else; no mail says for whom it is."""
    with admins.app_context(), transaction():
        for login in ("first", "second", "rana"):
            queries.get_staff_by_login(login).mail_address = f"{login}@example.org"
    employ(admins, post_id, "third", role=Role.ADMIN)

    with admins.app_context():
        ask(post_id)
        found = db.session.scalars(select(Message).where(Message.event == "rights_asked")).all()
        told = [one.payload or {} for one in found]
        page = f"/admin/staff/{uid_of('rana')}"

    assert told == [{"to": "second@example.org", "path": page}]


def test_the_member_is_mailed_what_became_of_their_rights(admins: Flask, post_id: int) -> None:
    with admins.app_context(), transaction():
        queries.get_staff_by_login("rana").mail_address = "rana@example.org"

    with admins.app_context():
        first, second, member = admin("first", post_id), admin("second", post_id), uid_of("rana")
        asked = ask(post_id)
        with transaction():
            rights.agree(member, asked, actor=second)
            rights.take_role(member, Role.HEAD, actor=first)
            rights.shut_out(member, actor=first)
            rights.ask_return(member, actor=first)
            rights.agree(member, _last_asked(), actor=second)
        changes = select(Message).where(Message.event == "rights_changed").order_by(Message.id)
        told = [one.payload or {} for one in db.session.scalars(changes)]

    assert [one["to"] for one in told] == ["rana@example.org"] * 4
    assert [one["rights"] for one in told] == ["given", "taken", "shut_out", "let_in"]


def test_the_day_of_an_admin_shows_what_waits_for_that_one(admins: Flask, post_id: int) -> None:
    first, second = Visitor(admins.test_client()), Visitor(admins.test_client())
    sign_in(first, "first")
    sign_in(second, "second")
    with admins.app_context():
        ask(post_id)
    assert "Rights to agree to" not in first.open("/en/desk").text
    assert "Rights to agree to" in second.open("/en/desk").text
    assert second.follow("1").url == "/en/admin/staff"


def test_the_record_has_both_acts_and_their_parties(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        asked = ask(post_id)
        with transaction():
            rights.agree(uid_of("rana"), asked, actor=admin("second", post_id))
        entries = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.object_uid == uid_of("rana"), AuditEntry.actor_id.is_not(None))
            .order_by(AuditEntry.id)
        ).all()
        ids = [queries.get_staff_by_login(login).id for login in ("first", "second", "second")]
        acts = [(one.action, one.actor_id) for one in entries][-3:]
    assert acts == list(zip(("rights.asked", "rights.agreed", "role_granted"), ids, strict=True))
    assert entries[-3].fields == {"asked": asked, "role": "head"}


@pytest.mark.parametrize(
    ("login", "expected"),
    [("first", pytest.raises(Conflict)), ("rana", pytest.raises(NotAllowed)), ("second", None)],
)
def test_neither_who_asked_nor_who_gets_it_agrees(
    admins: Flask, post_id: int, login: str, expected: AbstractContextManager[object] | None
) -> None:
    with admins.app_context():
        asked = ask(post_id)
        with expected or nullcontext(), transaction():
            rights.agree(uid_of("rana"), asked, actor=admin(login, post_id))
        assert (Role.HEAD in roles_of("rana")) is (expected is None)


def test_an_admin_does_not_agree_to_what_is_for_themselves(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        asked = ask(post_id, login="second")
        with pytest.raises(NotFound), transaction():
            rights.agree(uid_of("second"), asked, actor=admin("second", post_id))
        with pytest.raises(NotFound), transaction():
            rights.ask_role(uid_of("first"), Role.HEAD, actor=admin("first", post_id))


@pytest.mark.parametrize(("waits", "counts"), [(-SOON, True), (SOON, False)])
def test_what_nobody_agrees_to_lapses(
    admins: Flask, post_id: int, waits: timedelta, *, counts: bool
) -> None:
    with admins.app_context():
        asked = ask(post_id)
    with time_machine.travel(clock.now() + RightsAsked.WAITS + waits), admins.app_context():
        with nullcontext() if counts else pytest.raises(Conflict), transaction():
            rights.agree(uid_of("rana"), asked, actor=admin("second", post_id))
        assert (Role.HEAD in roles_of("rana")) is counts


def test_what_lapsed_can_be_asked_anew_and_what_is_open_cannot(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        ask(post_id)
        with pytest.raises(Conflict):
            ask(post_id)
    with time_machine.travel(clock.now() + RightsAsked.WAITS + SOON), admins.app_context():
        assert ask(post_id)


def test_what_was_asked_by_who_is_no_admin_any_more_is_not_given(
    admins: Flask, post_id: int
) -> None:
    employ(admins, post_id, "third", role=Role.ADMIN)
    with admins.app_context():
        asked, second = ask(post_id), admin("second", post_id)
        with transaction():
            services.grant(queries.get_staff_by_login("first"), post_id, Role.OFFICER)
            rights.take_role(uid_of("first"), Role.ADMIN, actor=admin("third", post_id))
        with pytest.raises((Conflict, NotFound)), transaction():
            rights.agree(uid_of("rana"), asked, actor=second)
        assert roles_of("rana") == {Role.OFFICER}


def test_a_refusal_gives_nothing_and_closes_it(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        asked = ask(post_id)
        with transaction():
            rights.refuse(uid_of("rana"), asked, actor=admin("second", post_id))
        with pytest.raises(Conflict), transaction():
            rights.agree(uid_of("rana"), asked, actor=admin("second", post_id))
        assert roles_of("rana") == {Role.OFFICER}


def test_a_role_is_taken_at_once_by_one_admin(
    admins: Flask, visitor: Visitor, post_id: int
) -> None:
    first = Visitor(admins.test_client())
    sign_in(first, "first")
    with admins.app_context(), transaction():
        services.grant(queries.get_staff_by_login("rana"), post_id, Role.HEAD)
        path = f"/en/admin/staff/{uid_of('rana')}"
    sign_in(visitor)
    first.open(path)
    first.submit(button="Take the role: Head of section")
    assert "your colleague was signed out" in first.page.text
    assert visitor.open("/en/desk/account").url.startswith("/en/desk/account/sign-in")
    assert "Take the role" not in first.open(path).text, "of the only one that is left"


def test_the_only_role_is_not_taken(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        with pytest.raises(Conflict), transaction():
            rights.take_role(uid_of("rana"), Role.OFFICER, actor=admin("first", post_id))
        assert roles_of("rana") == {Role.OFFICER}


@pytest.mark.proves("S08")
def test_who_is_shut_out_comes_back_by_two(admins: Flask, visitor: Visitor, post_id: int) -> None:
    first, second = Visitor(admins.test_client()), Visitor(admins.test_client())
    sign_in(first, "first")
    sign_in(second, "second")
    sign_in(visitor)
    with admins.app_context():
        path = f"/en/admin/staff/{uid_of('rana')}"
    first.open(path)
    first.submit(button="Shut out at once")
    assert visitor.open("/en/desk/account").url.startswith("/en/desk/account/sign-in")
    first.submit(button="Ask that your colleague is let in again")
    second.open(path)
    second.submit(button="Agree")
    with admins.app_context():
        back = queries.get_staff_by_login("rana")
        assert (back.disabled_at, back.has_second_factor) == (None, False)


def take_admin(uid: str, *, actor: Actor) -> None:
    rights.take_role(uid, Role.ADMIN, actor=actor)


def test_nobody_takes_the_last_admin(admins: Flask, post_id: int) -> None:
    with admins.app_context():
        first, second = admin("first", post_id), admin("second", post_id)
        with transaction():
            rights.shut_out(uid_of("second"), actor=first)
        for act in (
            rights.shut_out,
            lambda uid, actor: rights.take_role(uid, Role.ADMIN, actor=actor),
        ):
            with pytest.raises(DomainError), transaction():
                act(uid_of("first"), actor=first)
            with pytest.raises(NotAllowed), transaction():
                act(uid_of("first"), actor=second)
        with pytest.raises(Conflict), transaction():
            services.take_role(queries.get_staff_by_login("first"), post_id, Role.ADMIN)


@pytest.mark.parametrize("act", [take_admin, rights.shut_out])
def test_two_admins_do_not_take_each_other(racing_app: Flask, act: Callable[..., None]) -> None:
    with racing_app.app_context(), transaction():
        post_id = people.post().id
    employ(racing_app, post_id, "first", "second", role=Role.ADMIN)
    with racing_app.app_context(), transaction():
        for login in ("first", "second"):
            services.grant(queries.get_staff_by_login(login), post_id, Role.OFFICER)

    def take(own: str, other: str) -> bool:
        with racing_app.app_context():
            uid, actor = uid_of(other), admin(own, post_id)
            with suppress(NotAllowed), transaction():
                act(uid, actor=actor)
                return True
            return False

    pairs = (("first", "second"), ("second", "first"))
    done = rush([partial(take, *pair) for pair in pairs])

    with racing_app.app_context():
        assert len(queries.list_colleagues(post_id, [Role.ADMIN])) == sum(done) == 1


def test_a_post_with_one_admin_is_led_to_the_command_line(
    app: Flask, officer: str, post_id: int
) -> None:
    employ(app, post_id, "first", role=Role.ADMIN)
    visitor = Visitor(app.test_client())
    sign_in(visitor, "first")
    with app.app_context():
        visitor.open(f"/en/admin/staff/{uid_of('rana')}")
    assert "flask grant-role" in visitor.page.text
    assert "Ask for the role" not in visitor.page.text
    with app.app_context():
        visitor.open(f"/en/admin/staff/{uid_of('first')}")
    assert "These are your own rights." in visitor.page.text
    assert "Shut out at once" not in visitor.page.text


def test_a_list_goes_on_by_its_last_member_and_asks_as_often(
    app: Flask, post_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rights_queries, "PAGE", 3)
    employ(app, post_id, "first", role=Role.ADMIN)
    visitor = Visitor(app.test_client())
    sign_in(visitor, "first")
    visitor.open("/en/admin/staff")
    with counted_queries(app) as few:
        visitor.open("/en/admin/staff")
    with app.app_context(), transaction():
        for _number in range(5):
            people.staff([Role.OFFICER, Role.HEAD])
    with counted_queries(app) as many:
        visitor.open("/en/admin/staff")
    assert len(few) == len(many)
    assert visitor.page.text.count("Rana Al-Ali") == 2
    assert visitor.follow("Next").text.count("Rana Al-Ali") == 3


def test_a_post_of_others_and_an_unknown_role_are_not_there(admins: Flask, post_id: int) -> None:
    with admins.app_context(), transaction():
        other = people.staff([Role.OFFICER], at=people.post("kazan", "JK")).uid
    visitor = Visitor(admins.test_client())
    sign_in(visitor, "first")
    assert visitor.open(f"/en/admin/staff/{other}").status == 404
    with admins.app_context():
        path = f"/en/admin/staff/{uid_of('rana')}"
    visitor.open(path)
    visitor.submit({"role": "emperor"}, button="Ask for the role")
    assert visitor.page.status == 422
    assert visitor.open(f"{path}/roles").url == path


@pytest.mark.parametrize("column", ["asked_by", "agreed_by"])
def test_the_database_wants_three_people_for_rights(
    admins: Flask, post_id: int, column: str
) -> None:
    with admins.app_context():
        ask(post_id)
        staff = queries.get_staff_by_login("rana")
        with pytest.raises(IntegrityError), transaction():
            db.session.execute(update(RightsAsked).values({column: staff.id}))


def test_the_operator_lets_in_again_where_no_two_can(app: Flask, officer: str) -> None:
    with app.app_context(), transaction():
        services.disable_staff(queries.get_staff_by_login("rana"), actor=SYSTEM)
    done = app.test_cli_runner().invoke(args=["enable-staff", "rana"])
    with app.app_context():
        assert done.exit_code == 0
        assert db.session.scalars(select(StaffMember)).one().disabled_at is None
