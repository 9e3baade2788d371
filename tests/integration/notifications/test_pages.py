"""The inbox of a citizen, and the list of staff."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import sessions
from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from app.notifications import queries, tasks
from app.notifications.models import MessageState
from tests.factories import messages, people
from tests.servers import MailServer
from tests.visitor import Visitor


def citizen(app: Flask, count: int, *, address: str = "layan@example.org") -> tuple[Visitor, int]:
    """Return somebody with so many messages, and the id of the account."""
    with app.test_request_context(), transaction():
        people.post()
        account = messages.reachable(address=address)
        for number in range(count):
            messages.told(account=account, dedupe=f"{address}:{number}")
        return _visitor(app, account), account.id


def _visitor(app: Flask, account: Account) -> Visitor:
    client = app.test_client()
    client.set_cookie("jaliya-id", sessions.begin(account=account))
    return Visitor(client)


def unread(app: Flask, account_id: int) -> int:
    with app.app_context():
        return queries.count_unread(account_id)


def trouble(app: Flask, state: MessageState = MessageState.UNKNOWN, count: int = 1) -> list[str]:
    """Return the uids of mails that need a decision."""
    with app.app_context(), transaction():
        people.post()
        account = messages.reachable()
        rows = [
            messages.troubled(state, account=account, dedupe=f"t{number}")
            for number in range(count)
        ]
        return [row.uid for row in rows]


def state_of(app: Flask, dedupe: str = "t0") -> MessageState:
    with app.app_context():
        return messages.mail_of(dedupe).state


def test_an_empty_inbox_says_so(app: Flask) -> None:
    visitor, _ = citizen(app, 0)
    page = visitor.open("/en/inbox")
    assert page.status == 200
    assert "No messages yet" in page.text


def test_opening_a_message_marks_it_as_read_and_leads_to_the_request(app: Flask) -> None:
    visitor, account_id = citizen(app, 1)
    page = visitor.open("/en/inbox")
    assert messages.REFERENCE in page.text
    assert unread(app, account_id) == 1
    answer = visitor.client.get("/en/inbox")
    assert answer.status_code == 200
    assert unread(app, account_id) == 1, "reading the list changes nothing"
    visitor.submit(button="Open")
    assert visitor.page.url == f"/en/requests/{messages.REFERENCE}"
    assert unread(app, account_id) == 0


def test_all_messages_can_be_marked_as_read(app: Flask) -> None:
    visitor, account_id = citizen(app, 3)
    visitor.open("/en/inbox")
    visitor.submit(button="Mark all as read")
    assert unread(app, account_id) == 0


def test_a_long_inbox_has_pages(app: Flask) -> None:
    visitor, _ = citizen(app, queries.PAGE + 2)
    first = visitor.open("/en/inbox")
    second = visitor.follow("Older messages")
    assert first.text.count(messages.REFERENCE) == queries.PAGE
    assert second.text.count(messages.REFERENCE) == 2
    assert visitor.follow("Newest messages").text == first.text


def test_another_citizens_message_does_not_exist(app: Flask) -> None:
    citizen(app, 1, address="samer@example.org")
    with app.app_context():
        uid = messages.mail_of("samer@example.org:0").uid
    visitor, _ = citizen(app, 0)
    assert visitor.open(f"/en/inbox?before={uid}").status == 404
    assert visitor.open("/en/inbox?before=nothing").status == 404


def test_a_message_whose_key_is_gone_leaves_the_page_whole(app: Flask) -> None:
    visitor, account_id = citizen(app, 2)
    with app.app_context(), transaction():
        row = queries.list_inbox(account_id)[0]
        row.sealed_payload = b"damaged"
    page = visitor.open("/en/inbox")
    assert page.status == 200
    assert "can no longer be read" in page.text


@pytest.mark.parametrize("path", ["/en/inbox", "/ar/desk/messages"])
def test_nobody_gets_in_without_signing_in(app: Flask, visitor: Visitor, path: str) -> None:
    assert "sign-in" in visitor.open(path).url


def test_a_citizen_does_not_see_the_list_of_staff(app: Flask) -> None:
    visitor, _ = citizen(app, 0)
    assert visitor.open("/en/desk/messages").status == 404


def test_staff_see_what_needs_a_decision_but_no_address(app: Flask) -> None:
    trouble(app)
    page = people.staff_visitor(app, Role.OFFICER).open("/en/desk/messages")
    assert "Perhaps sent" in page.text
    assert messages.REFERENCE in page.text
    assert "layan@example.org" not in page.text


def test_sending_again_sends_once_and_is_on_record(app: Flask, mail: MailServer) -> None:
    trouble(app)
    visitor = people.staff_visitor(app, Role.HEAD)
    visitor.open("/en/desk/messages")
    visitor.submit(button="Send again")
    assert "sent again" in visitor.page.text or visitor.page.status == 200
    with app.app_context():
        assert tasks.drain() == 1
    assert state_of(app) is MessageState.ACCEPTED
    assert len(mail.received) == 1
    with app.app_context():
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.object_kind == "message"))
        assert (entry.action, entry.fields["was"]) == ("message.send_again", "unknown")


def test_leaving_it_takes_it_off_the_list(app: Flask) -> None:
    trouble(app, MessageState.DEAD)
    visitor = people.staff_visitor(app, Role.OFFICER)
    visitor.open("/en/desk/messages")
    visitor.submit(button="Leave it")
    assert state_of(app) is MessageState.CANCELLED
    assert "Nothing to decide" in visitor.page.text


def test_a_double_click_decides_once(app: Flask, mail: MailServer) -> None:
    trouble(app)
    visitor = people.staff_visitor(app, Role.OFFICER)
    first = visitor.open("/en/desk/messages")
    visitor.submit(button="Send again")
    visitor.page = first
    page = visitor.submit(button="Send again")
    assert page.status == 200
    with app.app_context():
        tasks.drain()
    assert len(mail.received) == 1


def test_the_second_of_two_officers_is_told(app: Flask) -> None:
    trouble(app)
    one, two = people.staff_visitor(app, Role.OFFICER), people.staff_visitor(app, Role.OFFICER)
    one.open("/en/desk/messages")
    two.open("/en/desk/messages")
    one.submit(button="Leave it")
    page = two.submit(button="Send again")
    assert page.status == 200
    assert state_of(app) is MessageState.CANCELLED


@pytest.mark.parametrize("wish", ["send_again", "leave"])
def test_another_posts_message_does_not_exist(app: Flask, wish: str) -> None:
    (uid,) = trouble(app)
    with app.app_context(), transaction():
        messages.mail_of("t0").post_id = people.post("elsewhere", "JE").id
    visitor = people.staff_visitor(app, Role.HEAD)
    page = visitor.open("/en/desk/messages")
    assert messages.REFERENCE not in page.text
    token = next(e.get("value") for e in page.root.iter("input") if e.get("name") == "csrf_token")
    answer = visitor.client.post(
        f"/en/desk/messages/{uid}/{wish}", data={"csrf_token": token, "key": "k"}
    )
    assert answer.status_code == 404
    assert state_of(app) is MessageState.UNKNOWN


def test_an_unknown_wish_is_refused(app: Flask) -> None:
    (uid,) = trouble(app)
    visitor = people.staff_visitor(app, Role.HEAD)
    page = visitor.open("/en/desk/messages")
    token = next(e.get("value") for e in page.root.iter("input") if e.get("name") == "csrf_token")
    answer = visitor.client.post(f"/en/desk/messages/{uid}/burn", data={"csrf_token": token})
    assert answer.status_code == 404
    assert state_of(app) is MessageState.UNKNOWN


def lost_code(app: Flask) -> None:
    """Let a code to sign in be given up."""
    with app.app_context(), transaction():
        people.post()
        row = messages.told(account=messages.reachable(address="samer@example.org"), dedupe="code")
        row.event, row.state = "sign_in_code", MessageState.DEAD


def test_today_counts_what_the_list_shows(app: Flask) -> None:
    trouble(app, count=2)
    lost_code(app)
    visitor = people.staff_visitor(app, Role.OFFICER)

    listed = len(visitor.open("/en/desk/messages").by_class("s-table")[0].findall("tbody/tr"))
    today = visitor.open("/en/desk")

    assert listed == 2
    assert "Messages to look after2" in today.text


@pytest.mark.parametrize(("hours", "state"), [(-1, MessageState.DEAD), (1, MessageState.PENDING)])
def test_what_is_over_is_not_sent_again(app: Flask, hours: int, state: MessageState) -> None:
    trouble(app, MessageState.DEAD)
    end = clock.now() + timedelta(hours=hours)
    with app.app_context(), transaction():
        row = messages.mail_of("t0")
        row.event = "booking_reminder"
    visitor = people.staff_visitor(app, Role.OFFICER)
    visitor.open("/en/desk/messages")
    with app.app_context(), transaction():
        messages.mail_of("t0").not_after = end

    page = visitor.submit(button="Send again")

    assert ("What this message tells is over." in page.text) is (hours < 0)
    assert ("It is outdated or not wanted any more" in page.text) is (hours < 0)
    assert state_of(app) is state
    with app.app_context():
        assert messages.mail_of("t0").not_after == end
