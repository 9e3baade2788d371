"""What came in with a change that was stopped goes as well, and nothing is erased meanwhile."""

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update

from app.accounts import codes, confirming, queries, sessions, undoing
from app.accounts.freeing import TakenMeanwhile
from app.accounts.models import Contact, ContactKind
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.demo.gateway import Gateway
from app.notifications import tasks
from app.notifications.models import Message
from app.notifications.push.models import PushDevice
from app.reporting.wishes import services as wishes
from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import WishState
from tests.factories import cases as factory
from tests.integration.accounts.test_own_address import ADDRESS, PHONE, confirmed, reached, somebody
from tests.integration.accounts.test_undoing import DAY, THIEF, WEEK, links, press, settle
from tests.integration.accounts.test_undoing import robbed as robbed
from tests.servers import MailServer
from tests.visitor import Visitor


def citizen(account_id: int) -> Actor:
    return Actor(kind=ActorKind.CITIZEN, id=account_id)


def test_what_a_thief_added_days_before_can_be_removed_at_once_and_what_is_back_stays(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    thief, account_id = somebody(app, address=ADDRESS, phone=PHONE)
    settle(app, account_id)
    with app.app_context(), transaction() as session:
        phone = (Contact.account_id == account_id, Contact.kind == ContactKind.PHONE)
        eighth = clock.now() - 8 * DAY
        session.execute(update(Contact).where(*phone).values(verified_at=eighth))
    confirmed(app, thief, mail, THIEF)
    press(app, links(app)[0][1])

    remove(app, account_id, ContactKind.PHONE)

    assert reached(app, account_id) == (ADDRESS, None)
    with pytest.raises(undoing.Frozen):
        remove(app, account_id, ContactKind.EMAIL)


def test_a_phone_that_stood_longer_than_what_was_put_back_stays_for_the_week(
    app: Flask, gateway: Gateway, mail: MailServer
) -> None:
    owner, account_id = somebody(app, address=ADDRESS, phone=PHONE)
    settle(app, account_id)
    confirmed(app, owner, mail, THIEF)
    press(app, links(app)[0][1])
    with pytest.raises(undoing.Frozen):
        remove(app, account_id, ContactKind.PHONE)


def remove(app: Flask, account_id: int, kind: ContactKind) -> None:
    with app.test_request_context(), transaction():
        account = queries.get_account(account_id)
        confirming.remove(account, kind, actor=citizen(account_id))


def test_a_browser_that_is_younger_than_a_week_before_the_change_is_told_no_more(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    with app.app_context(), transaction() as session:
        account = queries.get_account(robbed[1])
        for name, days in (("old", 40), ("new", 2)):
            made_at = clock.now() - days * DAY
            row = PushDevice(account=account, endpoint_hash=name, device=name, created_at=made_at)
            row.subscription = {"endpoint": name}
            session.add(row)

    press(app, links(app)[0][1])

    with app.app_context():
        assert [one.device for one in db.session.scalars(select(PushDevice))] == ["old"]


@pytest.mark.proves("S07")
def test_a_stop_takes_back_the_erasure_that_was_asked_for_since(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    with app.app_context(), transaction():
        wishes.ask_for_account(actor=citizen(robbed[1]))

    press(app, links(app)[0][1])

    with app.app_context():
        assert db.session.scalars(select(ErasureWish.state)).all() == [WishState.WITHDRAWN]
        told = db.session.scalars(select(Message.event)).all()
        assert "erasure_withdrawn" in told


@pytest.mark.proves("S07")
def test_no_account_is_granted_its_erasure_while_a_change_can_be_stopped(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    def granted() -> WishState:
        with transaction():
            return wishes.confirm(uid, actor=head).state

    with app.app_context():
        with transaction():
            head = factory.officer(role=Role.HEAD)
            uid = wishes.ask_for_account(actor=citizen(robbed[1])).uid
        with transaction():
            wishes.propose_to_grant(uid, "Nothing stands.", actor=factory.officer())
        with pytest.raises(Conflict):
            granted()
        with time_machine.travel(clock.now() + WEEK + DAY):
            assert granted() is WishState.GRANTED


def test_the_former_address_reads_that_another_took_its_place_and_what_to_press(
    app: Flask, robbed: tuple[Visitor, int], mail: MailServer
) -> None:
    with app.app_context():
        tasks.drain()
    [letter] = [one for to, one in mail.received if to == [ADDRESS]]
    part = letter.get_body(("plain",))
    assert part is not None
    text = part.get_content()
    assert "Another e-mail address took the place of the former one" in text
    assert "press the button" in text


def test_who_may_not_change_an_address_for_a_week_reads_it_before_typing(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    press(app, links(app)[0][1])
    with app.test_request_context(), transaction():
        token = sessions.begin(account=queries.get_account(robbed[1]))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    page = Visitor(client).open("/en/account/address")
    assert "A change of address or phone was stopped." in page.text
    assert "Send a code" not in page.text


def signed_in_by_habit(app: Flask, *, with_request: bool = False) -> Visitor:
    """Return the owner in the account that signing in with the former address opened."""
    with app.test_request_context(), transaction():
        account = codes.open_account(ADDRESS, "en")
        account.password_hash = "x"
        db.session.flush()
        if with_request:
            factory.draft(account)
        token = sessions.begin(account=account)
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Visitor(client)


def test_who_holds_the_link_and_the_account_that_has_the_address_now_frees_it(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    path = f"/en{links(app)[0][1]}"
    owner = signed_in_by_habit(app)
    stranger = Visitor(app.test_client())
    stranger.open(path)
    assert stranger.submit(button="Stop the change").status == 409

    owner.open(path)
    page = owner.submit(button="Stop the change and free the address")

    assert page.heading == "The change is stopped"
    assert reached(app, robbed[1])[0] == ADDRESS


@pytest.mark.proves("S07")
def test_saying_free_without_being_signed_in_there_takes_the_address_from_nobody(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    signed_in_by_habit(app)
    token = links(app)[0][1].rpartition("/")[2]
    for by in (None, robbed[1]):
        with app.app_context(), pytest.raises(TakenMeanwhile), transaction():
            undoing.stop(token, freed_by=by)
    assert reached(app, robbed[1])[0] == THIEF


def test_an_account_with_requests_keeps_the_address_that_is_its_only_way_in(
    app: Flask, robbed: tuple[Visitor, int]
) -> None:
    owner = signed_in_by_habit(app, with_request=True)
    owner.open(f"/en{links(app)[0][1]}")
    page = owner.submit(button="Stop the change and free the address")
    assert page.status == 409 and "only way into it" in page.text
    assert reached(app, robbed[1])[0] == THIEF


def test_the_former_address_reads_it_in_every_language_whatever_a_thief_chose(
    app: Flask, mail: MailServer
) -> None:
    thief, account_id = somebody(app, address=ADDRESS)
    settle(app, account_id)
    confirmed(app, thief, mail, THIEF)
    with app.app_context():
        tasks.drain()
    [letter] = [one for to, one in mail.received if to == [ADDRESS]]
    for kind in ("plain", "html"):
        part = letter.get_body((kind,))
        assert part is not None
        text = part.get_content()
        for code, words in (
            ("ar", "إيقاف التغيير"),
            ("ru", "Остановить изменение"),
            ("en", "Stop"),
        ):
            assert words in text and f"/{code}/account/stop/" in text
