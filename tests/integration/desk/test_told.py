"""What was told about a case, on the case, with what became of it."""

from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.cases.models import Case
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.notifications import queries, rules, services, tasks, wording
from app.notifications.models import MessageState
from app.notifications.templates import services as texts
from app.notifications.templates import shipped
from app.notifications.templates.queries import Place
from app.notifications.templates.rules import Kind, Words
from tests.databases import counted_queries
from tests.factories import messages
from tests.integration.desk.conftest import Officer, officer_at, taken
from tests.integration.notifications.rude_server import rude
from tests.servers import MailServer


def tell(app: Flask, reference: str, dedupe: str = "told", address: str = "n@example.org") -> None:
    """Tell somebody with an address about a case."""
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        account = messages.reachable(address=address)
        services.tell(
            "case_accepted",
            account_id=account.id,
            dedupe=dedupe,
            payload={"reference": reference},
            post_id=case.post_id,
            case_id=case.id,
        )


def drained(app: Flask) -> None:
    with app.app_context():
        tasks.drain()


def test_an_officer_sees_what_was_told_and_that_it_was_handed_over(
    app: Flask, officer: Officer, mail: MailServer
) -> None:
    reference = taken(app, officer)
    tell(app, reference)
    drained(app)

    officer.visitor.open(f"/en/desk/cases/{reference}")
    page = officer.visitor.follow("What was told, and what became of it")

    assert "Request accepted" in page.text
    for said in ("E-mail", "Handed over", "Taken", "smtp", "250", "Inbox", "In the inbox"):
        assert said in page.text
    assert "n@example.org" not in page.text


def test_the_page_says_whose_words_were_sent_and_of_which_version(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context(), transaction():
        case = db.session.scalars(select(Case).where(Case.reference == reference)).one()
        where = Place(post_id=case.post_id, service_id=None, event="case_accepted", kind=Kind.MAIL)
        words = {"ar": Words(subject="((status))", body="قُبل طلبكم.")}
        for seen in (0, 1):
            texts.save(where, words, seen=seen, confirmed=frozenset(), actor=SYSTEM)
    tell(app, reference)

    page = officer.visitor.open(f"/en/desk/cases/{reference}/told")

    assert "Text of the post, version 2" in page.text
    assert f"Shipped text {shipped.release()}" in page.text


def test_what_failed_says_why_and_leads_to_the_decision(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    tell(app, reference)
    with app.app_context(), transaction():
        mail = messages.mail_of("told")
        mail.state, mail.last_error = MessageState.UNKNOWN, "ambiguous"

    page = officer.visitor.open(f"/en/desk/cases/{reference}/told")
    assert "Perhaps sent" in page.text
    assert "The line or the worker broke" in page.text
    listed = officer.visitor.follow("Decide about it")

    assert reference in listed.text
    assert officer.visitor.follow(reference).heading == "What was told"


def test_what_waits_says_when_it_is_tried_again(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    tell(app, reference)
    with rude(RCPT="450 later") as server, app.app_context():
        settings = app.config["SETTINGS"]
        app.config["SETTINGS"] = replace(settings, smtp_url=server.url)
        tasks.drain()
        app.config["SETTINGS"] = settings

    page = officer.visitor.open(f"/en/desk/cases/{reference}/told")

    for said in ("To be sent again", "Next try:", "Put off", "450"):
        assert said in page.text


def test_nothing_is_seen_of_another_post(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    elsewhere = officer_at(app, Role.OFFICER, post="elsewhere", prefix="JE")

    assert elsewhere.visitor.open(f"/en/desk/cases/{reference}/told").status == 404


def test_the_page_asks_as_much_of_many_messages_as_of_few(
    app: Flask, officer: Officer, mail: MailServer
) -> None:
    reference = taken(app, officer)

    def asked() -> int:
        officer.visitor.open(f"/en/desk/cases/{reference}/told")
        with counted_queries(app) as statements:
            officer.visitor.open(f"/en/desk/cases/{reference}/told")
            return len(statements)

    tell(app, reference)
    drained(app)
    few = asked()
    for number in range(5):
        tell(app, reference, f"more{number}", f"more{number}@example.org")
    drained(app)

    assert asked() == few


def test_every_outcome_and_state_has_words() -> None:
    outcomes = {result.value for result in rules.Result} | {
        *queries.DEATHS,
        *queries.AMONG.values(),
        "",
    }
    assert outcomes == set(wording.OUTCOMES)
    assert set(wording.STATES) == set(MessageState)


def test_messages_that_no_worker_carries_are_told_to_who_watches(app: Flask) -> None:
    client = app.test_client()
    with app.app_context(), transaction():
        messages.told(account=messages.reachable())
    assert "overdue_messages" not in client.get("/readyz").get_json()

    with app.app_context(), transaction():
        messages.mail_of("m1").due_at = clock.now() - queries.OVERDUE - timedelta(seconds=1)

    assert client.get("/readyz").get_json()["overdue_messages"] == 1
