"""Officers write to the citizen and to each other, and ask for opinions."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import queries as accounts
from app.accounts import sessions
from app.accounts.models import StaffMember
from app.audit.models import AuditEntry
from app.cases.talk import canned, notes, opinions, thread
from app.cases.talk.models import CannedAnswer, CaseNote, Opinion, ThreadMessage
from app.core import clock
from app.core.actor import Role
from app.core.db import db, transaction
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.integration.cases.test_duplicates import WHO, sent
from tests.integration.desk.conftest import Officer, name_officer, officer_at, submitted
from tests.integration.desk.test_waiver import as_its_citizen
from tests.visitor import Page, Visitor, values_of

TEXT = "هل لديكم صورة أوضح؟"


@dataclass
class Team:
    """A case, and who works at its post."""

    app: Flask
    reference: str
    officer: Officer
    colleague: Officer
    head: Officer

    def open(self, who: Officer, lane: str = "") -> Page:
        """Open a lane of the case."""
        return who.visitor.open(f"/en/desk/cases/{self.reference}{lane}")

    def uid_of(self, who: Officer) -> str:
        """Return the name of an officer in forms."""
        with self.app.app_context():
            return next(
                one.uid
                for one in accounts.list_colleagues(who.actor.post_id or 0, notes.READERS)
                if one.id == who.actor.id
            )


@pytest.fixture
def team(app: Flask, officer: Officer) -> Team:
    """Be three at a post, with a case that was just sent."""
    reference = submitted(app)
    colleague, head = officer_at(app, Role.OFFICER), officer_at(app, Role.HEAD)
    name_officer(app, officer, "Rana")
    name_officer(app, colleague, "Samer")
    return Team(app, reference, officer, colleague, head)


def rows(app: Flask, model: type) -> list[Any]:
    # Any: rows of whatever model is asked for.
    with app.app_context():
        return list(db.session.scalars(select(model)))


def test_an_officer_asks_and_the_citizen_answers(app: Flask, team: Team) -> None:
    team.open(team.officer)
    team.officer.visitor.follow("With the citizen")
    page = team.officer.visitor.submit({"text": TEXT, "expects_answer": "y"}, button="Send")
    assert TEXT in page.text and "Answer expected" in page.text

    citizen = as_its_citizen(app, team.reference, team.officer)
    citizen.open(f"/en/requests/{team.reference}/messages")
    citizen.submit({"text": "نعم، أرسلها الآن", "expects_answer": "y"}, button="Send")

    page = team.open(team.officer)
    assert "waits for an answer" in page.text
    assert "1 unread message" in team.officer.visitor.open("/en/desk/queue").text
    team.open(team.officer, "/messages")
    page = team.officer.visitor.submit(button="No answer is needed")
    assert "Answer expected" not in page.text
    team.officer.visitor.submit(button="Mark as read")
    assert "unread message" not in team.officer.visitor.open("/en/desk/queue").text


def test_a_note_waits_for_who_is_mentioned(app: Flask, team: Team) -> None:
    team.open(team.officer, "/notes")
    page = team.officer.visitor.submit(
        {"text": TEXT, "mentioned": [team.uid_of(team.colleague)]}, button="Add the note"
    )
    assert "For: Samer" in page.text and "Read by" not in page.text

    page = team.colleague.visitor.open("/en/desk")
    assert "Notes for you to read 1" in page.text and team.reference in page.text
    assert "Layan Al Halabi" in page.text and "Passport renewal" in page.text
    assert "Notes for you to read" not in team.officer.visitor.open("/en/desk").text
    team.open(team.colleague, "/notes")
    page = team.colleague.visitor.submit(button="Mark as read")

    assert TEXT in page.text
    assert "Notes for you to read" not in team.colleague.visitor.open("/en/desk").text
    assert "Read by: Samer" in team.open(team.officer, "/notes").text


@pytest.mark.parametrize(
    ("today", "until"), [("2026-11-25", "2026-11-30"), ("2026-11-26", "2026-11-30")]
)
def test_a_colleague_is_asked_until_a_working_day(team: Team, today: str, until: str) -> None:
    with time_machine.travel(f"{today}T09:00:00Z", tick=True):
        page = team.open(team.officer, "/opinions")

    assert values_of(page.form("Ask"))["until_on"] == until


def test_the_citizen_never_reads_a_note(app: Flask, team: Team) -> None:
    team.open(team.officer, "/notes")
    team.officer.visitor.submit({"text": TEXT}, button="Add the note")
    citizen = as_its_citizen(app, team.reference, team.officer)

    pages = ("", "/messages", "/contents", "/slip")
    read = [citizen.open(f"/en/requests/{team.reference}{one}") for one in pages]

    assert [page.status for page in read] == [200] * len(pages)
    assert all(TEXT not in page.text for page in read)
    assert citizen.open(f"/en/desk/cases/{team.reference}/notes").status in {200, 403, 404}
    assert TEXT not in citizen.page.text


def test_an_opinion_is_asked_given_and_on_record(app: Flask, team: Team) -> None:
    team.open(team.officer, "/opinions")
    page = team.officer.visitor.submit(
        {"of": team.uid_of(team.colleague), "question": TEXT}, button="Ask"
    )
    assert "Rana asked Samer" in page.text and "Waiting for an answer" in page.text

    assert "Your opinion is asked for" in team.colleague.visitor.open("/en/desk").text
    page = team.open(team.colleague, "/opinions")
    name = next(field for field in values_of(page.form("Give the opinion")) if "text" in field)
    page = team.colleague.visitor.submit({name: "أوافق"}, button="Give the opinion")

    assert "أوافق" in page.text and "Answered" in page.text
    assert "Your opinion is asked for" not in team.colleague.visitor.open("/en/desk").text
    actions = [entry.action for entry in rows(app, AuditEntry)]
    assert actions.count("opinion_asked") == actions.count("opinion_given") == 1


def test_an_empty_opinion_is_refused_beside_its_field(app: Flask, team: Team) -> None:
    _ask(app, team)
    team.open(team.colleague, "/opinions")

    page = team.colleague.visitor.submit(button="Give the opinion")

    assert page.status == 422 and page.errors


def test_a_late_opinion_stands_on_the_day_of_both(app: Flask, team: Team) -> None:
    _ask(app, team)
    with time_machine.travel(clock.now() + timedelta(days=5), tick=True):
        days = {
            who: officer_of(app, team, who).visitor.open("/en/desk").text
            for who in ("officer", "colleague", "head")
        }

    assert "Your question is not answered yet" in days["officer"]
    assert "Was due on" in days["colleague"]
    assert "Second opinions" not in days["head"]


def officer_of(app: Flask, team: Team, who: str) -> Officer:
    """Return an officer who has just signed in: time has passed."""
    known: Officer = getattr(team, who)
    with app.test_request_context(), transaction():
        token = sessions.begin(staff=db.session.get_one(StaffMember, known.actor.id))
    client = app.test_client()
    client.set_cookie("jaliya-id", token)
    return Officer(Visitor(client), known.actor)


def _ask(app: Flask, team: Team, *, is_confidential: bool = False) -> str:
    with app.test_request_context(), transaction():
        return opinions.ask(
            team.reference,
            TEXT,
            of=team.colleague.actor.id or 0,
            until_on=clock.today("Europe/Moscow") + timedelta(days=2),
            is_confidential=is_confidential,
            actor=team.officer.actor,
        ).uid


def test_a_confidential_opinion_is_shown_to_three(app: Flask, team: Team) -> None:
    _ask(app, team, is_confidential=True)
    other = officer_at(app, Role.OFFICER)

    seen = {
        name: TEXT in team.open(who, "/opinions").text
        for name, who in (
            ("officer", team.officer),
            ("colleague", team.colleague),
            ("head", team.head),
            ("other", other),
        )
    }

    assert seen == {"officer": True, "colleague": True, "head": True, "other": False}
    assert "Second opinions 1" in team.open(team.colleague).text
    assert "Second opinions 1" not in team.open(other).text


def test_a_question_is_withdrawn_once(app: Flask, team: Team) -> None:
    _ask(app, team)
    team.open(team.head, "/opinions")
    form = team.head.visitor.follow("Withdraw the question …")
    (opinion,) = rows(app, Opinion)
    assert opinion.revoked_at is None and TEXT in form.text
    for _ in range(2):
        team.head.visitor.page = form
        team.head.visitor.submit(button="Withdraw the question")

    assert "Withdrawn" in team.head.visitor.page.text
    (opinion,) = rows(app, Opinion)
    assert opinion.revoked_at is not None


def test_an_answer_stands_on_the_day_of_who_asked_until_it_is_read(app: Flask, team: Team) -> None:
    uid = _ask(app, team)
    with app.test_request_context(), transaction():
        opinions.answer(team.reference, uid, "أوافق", actor=team.colleague.actor)

    day = team.officer.visitor.open("/en/desk").text
    assert "Answers of colleagues" in day and "Your question was answered" in day
    assert "a new answer" in team.open(team.officer).text
    assert "a new answer" not in team.open(team.colleague).text

    team.open(team.officer, "/opinions")
    team.officer.visitor.submit(button="Mark as read")

    assert "a new answer" not in team.officer.visitor.page.text
    assert "Answers of colleagues" not in team.officer.visitor.open("/en/desk").text


def test_who_asked_learns_that_the_head_withdrew_the_question(app: Flask, team: Team) -> None:
    name_officer(app, team.head, "Maher")
    uid = _ask(app, team)
    with app.test_request_context(), transaction():
        opinions.revoke(team.reference, uid, actor=team.head.actor)

    assert "Your question was withdrawn" in team.officer.visitor.open("/en/desk").text
    assert "Withdrawn by Maher" in team.open(team.officer, "/opinions").text


def test_who_withdraws_their_own_question_is_told_nothing(app: Flask, team: Team) -> None:
    uid = _ask(app, team)
    with app.test_request_context(), transaction():
        opinions.revoke(team.reference, uid, actor=team.officer.actor)

    assert "Answers of colleagues" not in team.officer.visitor.open("/en/desk").text


@pytest.mark.parametrize("lane", ["/messages", "/notes", "/opinions"])
def test_another_post_learns_nothing(app: Flask, team: Team, lane: str) -> None:
    stranger = officer_at(app, Role.HEAD, post="kazan", prefix="JK")

    assert team.open(stranger, lane).status == 404


@pytest.mark.parametrize(
    ("lane", "button", "model"),
    [("/messages", "Send", ThreadMessage), ("/notes", "Add the note", CaseNote)],
)
def test_sent_twice_it_stands_there_once(
    app: Flask, team: Team, lane: str, button: str, model: type
) -> None:
    form = team.open(team.officer, lane)
    for _ in range(2):
        team.officer.visitor.page = form
        team.officer.visitor.submit({"text": TEXT}, button=button)

    assert len(rows(app, model)) == 1


def test_the_head_writes_answers_that_officers_put_into_a_message(app: Flask, team: Team) -> None:
    team.head.visitor.open("/en/admin/answers")
    team.head.visitor.follow("Add an answer")
    page = team.head.visitor.submit({"title-ar": "صورة"}, button="Save")
    assert page.status == 422 and len(page.errors) == 3
    assert values_of(page.form("Save"))["title-ar"] == "صورة"
    texts = {"title-ru": "Фото", "body-ar": "نرجو صورة أوضح.", "body-ru": "Нужно чёткое фото."}
    team.head.visitor.submit({"title-ar": "صورة", **texts}, button="Save")
    (saved,) = rows(app, CannedAnswer)

    team.open(team.officer, "/messages")
    page = team.officer.visitor.submit(
        {"text": "السلام عليكم", "words": saved.uid}, button="Put it into the text"
    )

    assert values_of(page.form("Send"))["text"].strip() == "السلام عليكم\n\nنرجو صورة أوضح."
    assert rows(app, ThreadMessage) == []
    page = team.officer.visitor.submit(button="Send")
    assert "نرجو صورة أوضح." in page.text


def test_an_answer_goes_into_a_note_in_the_language_of_the_officer(app: Flask, team: Team) -> None:
    with app.app_context(), transaction():
        uid = canned.save(
            None,
            title={"ar": "أ", "ru": "а", "en": "a"},
            body={"ar": "عربي", "ru": "по-русски", "en": "in English"},
            service_id=None,
            seen=0,
            actor=team.head.actor,
        ).uid
    team.open(team.officer, "/notes")

    page = team.officer.visitor.submit({"words": uid}, button="Put it into the text")

    assert values_of(page.form("Add the note"))["text"].strip() == "in English"


def test_an_answer_is_changed_and_removed(app: Flask, team: Team) -> None:
    team.head.visitor.open("/en/admin/answers/new")
    texts = {f"{name}-{code}": "x" for name in ("title", "body") for code in ("ar", "ru", "en")}
    team.head.visitor.submit(texts, button="Save")
    team.head.visitor.follow("x")
    team.head.visitor.submit({"title-en": "Other"}, button="Save")
    team.head.visitor.follow("Other")

    page = team.head.visitor.submit(button="Remove")

    assert "No answers yet" in page.text
    assert rows(app, CannedAnswer) == []


def test_a_lacking_text_is_said_with_its_language(team: Team) -> None:
    team.head.visitor.open("/en/admin/answers/new")
    texts = {f"{name}-{code}": "x" for name in ("title", "body") for code in ("ar", "en")}

    page = team.head.visitor.submit(texts | {"title-ru": "", "body-ru": "x"}, button="Save")

    assert page.errors == ["What officers call it, Русский: This is needed in this language."]


def test_an_officer_writes_no_canned_answers(team: Team) -> None:
    assert team.officer.visitor.open("/en/admin/answers").status == 404


def test_another_request_like_this_one_is_shown_with_the_reason(
    app: Flask, officer: Officer
) -> None:
    with app.app_context(), transaction():
        factory.offer()
        one = sent(WHO).reference
        other = sent(replace(WHO, national_number="01234567890")).reference

    page = officer.visitor.open(f"/en/desk/cases/{one}")

    assert page.link(other) == f"/en/desk/cases/{other}"
    assert "Perhaps the same person: the same name in Arabic" in page.text
    assert "nothing is joined or refused by itself" in page.text


def test_more_talk_asks_no_more(app: Flask, team: Team) -> None:
    def asked() -> list[int]:
        counted = []
        for lane in ("", "/messages", "/notes", "/opinions"):
            team.open(team.officer, lane)
            with counted_queries(app) as statements:
                assert team.open(team.officer, lane).status == 200
            counted.append(len(statements))
        return counted

    def talk() -> None:
        with app.test_request_context(), transaction():
            thread.write(team.reference, TEXT, actor=team.officer.actor)
            mentioned = [team.head.actor.id or 0]
            notes.write(team.reference, TEXT, mentioned=mentioned, actor=team.officer.actor)
        _ask(app, team)

    talk()
    few = asked()
    for _ in range(8):
        talk()

    assert asked() == few
