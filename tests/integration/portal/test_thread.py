"""A citizen writes to the post about a request, and reads what it wrote."""

import io
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import sessions
from app.cases import queries
from app.cases.talk import thread
from app.cases.talk.models import ThreadFile, ThreadMessage
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.portal import thread as pages
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import files, people
from tests.integration.portal.conftest import Citizen, make_citizen
from tests.visitor import Visitor, values_of

TEXT = "متى أستلم الجواز؟"


def count(app: Flask, model: type) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def answer(app: Flask, reference: str, *, expects_answer: bool = False) -> None:
    """Write to the citizen, as an officer."""
    with app.test_request_context(), transaction():
        thread.write(
            reference, "غداً إن شاء الله", actor=factory.officer(), expects_answer=expects_answer
        )


def test_a_citizen_writes_and_reads_the_answer(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}")
    citizen.visitor.follow("Messages about the request")
    citizen.submit({"text": TEXT, "expects_answer": "y"}, "Send")
    assert TEXT in citizen.page.text and "Answer expected" in citizen.page.text

    answer(app, reference)
    assert "1 new message" in citizen.open("/requests").text
    page = citizen.open(f"/requests/{reference}/messages")
    assert "غداً إن شاء الله" in page.text and "Answer expected" not in page.text
    citizen.submit({}, "Mark as read")

    assert "new message" not in citizen.open("/requests").text


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_writing_to_the_post_is_found_among_the_messages(citizen: Citizen, language: str) -> None:
    reference = citizen.make("submitted")
    words = {"ar": "مراسلة البعثة", "ru": "Написать в представительство", "en": "Write to the post"}

    citizen.open(f"/requests/{reference}", language)
    citizen.visitor.follow(words[language])

    assert citizen.page.url.endswith(f"/{reference}/messages")
    assert "رسالتكم" not in citizen.page.text


def test_reading_by_get_marks_nothing(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    answer(app, reference)

    for _ in range(2):
        assert "New" in citizen.open(f"/requests/{reference}/messages").text

    assert "1 new message" in citizen.open("/requests").text


def test_a_question_of_the_post_is_the_next_thing_to_do(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    answer(app, reference, expects_answer=True)

    assert "Answer a question of the post" in citizen.open("/requests").text
    citizen.visitor.follow("Read and answer")
    assert "waits for your answer" in citizen.page.text
    citizen.submit({"text": TEXT}, "Send")

    assert "Answer a question" not in citizen.open("/requests").text


def test_sent_twice_it_is_one_message(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    form = citizen.open(f"/requests/{reference}/messages")
    for _ in range(2):
        citizen.visitor.page = form
        citizen.submit({"text": TEXT}, "Send")
    assert count(app, ThreadMessage) == 1

    citizen.visitor.page = form
    citizen.submit({"text": "شيء آخر"}, "Send")

    assert count(app, ThreadMessage) == 2


def test_a_file_is_quarantined_and_shown_as_pages(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/messages")
    upload = (io.BytesIO(files.pdf(2)), "كشف.pdf")
    citizen.submit({"text": TEXT, "file": upload}, "Send")
    assert "being checked" in citizen.page.text

    with app.app_context():
        jobs.drain()
    page = citizen.open(f"/requests/{reference}/messages")
    picture = citizen.visitor.client.get(page.link("Page 2"))

    assert "كشف.pdf" in page.text
    assert picture.status_code == 200 and picture.data[:2] == b"\xff\xd8"
    stranger = make_citizen(app).visitor.client
    assert stranger.get(page.link("Page 2")).status_code == 404
    assert people.citizen_visitor(app).client.get(page.link("Page 1")).status_code == 404


@pytest.mark.grid
def test_a_thread_takes_twenty_files_and_the_text_of_the_next_is_kept(
    app: Flask, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "WRITING", replace(pages.WRITING, most=100))
    reference = citizen.make("submitted")
    for number in range(21):
        citizen.open(f"/requests/{reference}/messages")
        upload = (io.BytesIO(files.jpeg()), f"{number}.jpg")
        page = citizen.submit({"text": f"{TEXT} {number}", "file": upload}, "Send")
        assert page.status == (200 if number < 20 else 422)

    assert page.link("There are 20 files in this thread, and no more can be added.") == "#file"
    assert values_of(page.form("Send"))["text"].strip() == f"{TEXT} 20"
    assert count(app, ThreadFile) == 20


@pytest.mark.parametrize("body", [b"", b"MZ\x90\x00 not a picture"])
def test_what_is_no_picture_is_refused_and_the_text_is_kept(
    app: Flask, citizen: Citizen, body: bytes
) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/messages")

    page = citizen.submit({"text": TEXT, "file": (io.BytesIO(body), "x.jpg")}, "Send")

    assert page.status == 422 and page.errors
    assert values_of(page.form("Send"))["text"].strip() == TEXT
    assert count(app, ThreadMessage) == count(app, ThreadFile) == 0


@pytest.mark.parametrize("text", ["", "   ", "ن" * 3001])
def test_nothing_and_too_much_are_refused_beside_the_field(
    app: Flask, citizen: Citizen, text: str
) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/messages")

    page = citizen.submit({"text": text}, "Send")

    assert page.status == 422 and len(page.errors) == 1
    assert count(app, ThreadMessage) == 0


@pytest.mark.proves("S37")
def test_who_writes_too_often_is_asked_to_wait(
    app: Flask, citizen: Citizen, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = pages.WRITING
    few = type(limit)(name="thread", most=2, window=limit.window)
    monkeypatch.setattr(pages, "WRITING", few)
    reference = citizen.make("submitted")
    for number in range(3):
        citizen.open(f"/requests/{reference}/messages")
        page = citizen.submit({"text": f"{TEXT} {number}"}, "Send")

    assert page.status == 429
    assert values_of(page.form("Send"))["text"].strip() == f"{TEXT} 2"
    assert count(app, ThreadMessage) == 2


def test_another_citizen_learns_nothing(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    answer(app, reference)
    stranger = make_citizen(app)

    url = f"/requests/{reference}/messages"
    assert stranger.open(url).status == 404
    form = stranger.open(f"/requests/{stranger.make('submitted')}/messages").form("Send")
    for path in ("", "/read"):
        sent = {**values_of(form), "text": TEXT}
        assert stranger.visitor.client.post(f"/en{url}{path}", data=sent).status_code == 404

    assert count(app, ThreadMessage) == 1
    assert "1 new message" in citizen.open("/requests").text


def test_a_draft_has_no_messages(citizen: Citizen) -> None:
    reference = citizen.make("draft")

    assert citizen.open(f"/requests/{reference}/messages").status == 404


def test_a_longer_thread_asks_no_more(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    url = f"/requests/{reference}/messages"

    def asked() -> int:
        citizen.open(url)
        with counted_queries(app) as sent:
            assert citizen.open(url).status == 200
        return len(sent)

    answer(app, reference)
    few = asked()
    for _ in range(20):
        answer(app, reference)

    assert asked() == few


def test_two_at_once_send_one_message(racing_app: Flask) -> None:
    app = racing_app
    with app.test_request_context(), transaction():
        account = people.account()
        reference = factory.submitted(account).reference
        token = sessions.begin(account=account)
    visitors = []
    for _ in range(2):
        client = app.test_client()
        client.set_cookie("jaliya-id", token)
        visitors.append(Visitor(client))
    form = visitors[0].open(f"/en/requests/{reference}/messages")
    cookies = visitors[0].client.get_cookie("jaliya")
    assert cookies is not None
    visitors[1].client.set_cookie("jaliya", cookies.value)
    gate, seen = Barrier(2), []

    def send(visitor: Visitor) -> None:
        visitor.page = form
        gate.wait()
        seen.append(visitor.submit({"text": TEXT}, button="Send").status)

    threads = [Thread(target=send, args=(one,)) for one in visitors]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert seen == [200, 200]
    with app.app_context():
        case = queries.get_case(reference, SYSTEM)
        assert len(thread.list_messages(case)) == 1
