"""My requests after they were sent: mended, withdrawn, followed."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.accounts import throttle
from app.accounts.models import Account
from app.audit.models import AuditEntry
from app.cases import queries
from app.cases import services as cases
from app.cases.rules import Action, ItemKind, ItemState, State
from app.core import clock
from app.core import reference as references
from app.core.actor import ActorKind
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from app.portal import follow as following
from tests.factories import cases as factory
from tests.factories import files, letters, money, people, seats
from tests.integration.portal.conftest import Citizen, case_of, make_citizen
from tests.visitor import Visitor


def test_whoever_has_no_request_is_told_where_to_begin(citizen: Citizen) -> None:
    page = citizen.open("/requests")

    assert "no requests yet" in page.text
    assert page.link("To the services") == "/en/services"


def test_what_waits_for_the_citizen_comes_first(citizen: Citizen) -> None:
    waiting, later = citizen.make("asked"), citizen.make("submitted")

    text = citizen.open("/requests").text

    assert "Replace 1 item" in text
    assert text.index(waiting) < text.index(later)


def test_only_what_was_rejected_is_shown_and_mended(citizen: Citizen) -> None:
    reference = citizen.make("asked")
    page = citizen.open(f"/requests/{reference}/mend")
    assert [h.text for h in page.root.iter("h2")] == [factory.definition().papers[0].title["en"]]
    assert "الصورة معتمة" in page.text
    assert "Send what was mended" not in page.text

    citizen.attach(reference, "photo", files.jpeg(), "جديدة.jpg")
    citizen.submit({}, "Send what was mended")

    assert citizen.page.url == f"/en/requests/{reference}"
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).state is State.IN_REVIEW


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_the_reason_of_what_is_asked_again_is_read_in_the_readers_language(
    citizen: Citizen, language: str
) -> None:
    reference = citizen.make("asked")
    with citizen.app.app_context():
        item = next(
            one for one in case_of(citizen.app, reference).items if one.state is ItemState.REJECTED
        )
        reasons = {one.code: one.text for one in factory.definition().papers[0].reasons}
        said = reasons[item.reason_code or ""]

    text = citizen.open(f"/requests/{reference}/mend", language).text

    assert len(set(said.values())) == 3
    assert {one: words in text for one, words in said.items()} == {
        one: one == language for one in said
    }


def test_sending_twice_what_was_mended_has_one_effect(citizen: Citizen) -> None:
    reference = citizen.make("asked")
    citizen.attach(reference, "photo", files.jpeg(), "جديدة.jpg")
    form = citizen.page
    for _ in range(2):
        citizen.visitor.page = form
        citizen.submit({}, "Send what was mended")

    assert citizen.page.status == 200
    assert citizen.page.url == f"/en/requests/{reference}"


def test_a_paper_that_was_not_asked_for_stays_closed(citizen: Citizen) -> None:
    reference = citizen.make("asked")

    page = citizen.open(f"/requests/{reference}/papers/old_passport")

    assert page.url == f"/en/requests/{reference}"


def test_a_request_is_withdrawn_only_after_a_question(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/withdraw")
    assert "appointment" not in citizen.page.text

    citizen.submit({}, "Withdraw this request")

    assert "has been withdrawn" in citizen.page.text
    assert "Print the slip" not in citizen.page.text
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).state is State.WITHDRAWN


def test_nothing_is_owed_or_brought_any_more_once_a_request_is_withdrawn(
    citizen: Citizen,
) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/withdraw")
    citizen.submit({}, "Withdraw this request")

    assert "not checked yet" not in citizen.page.text
    assert "No longer needed" in citizen.page.text
    assert "Consular fee" not in citizen.page.text
    slip = citizen.open(f"/requests/{reference}/slip")
    assert "Withdrawn" in slip.text
    assert "Bring along" not in slip.text and "US dollars" not in slip.text


def test_what_was_sent_can_be_read_again(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    page = citizen.open(f"/requests/{reference}")
    with citizen.app.app_context():
        code = case_of(citizen.app, reference).follow_code or ""
    assert f"{code[:4]}-{code[4:]}" in page.text

    text = citizen.visitor.follow("Show what was sent").text

    for words in ("•••••678", "Казань", "+79161234567", "صورة شخصية.jpg", "27 March 1998"):
        assert words in text


@pytest.mark.proves("S14")
def test_identity_numbers_of_what_was_sent_are_shown_once_and_on_record(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    assert "N012345678" not in citizen.open(f"/requests/{reference}/contents").text

    citizen.submit({}, "Show the identity numbers")

    assert "N012345678" in citizen.page.text and "•••••" not in citizen.page.text
    with citizen.app.app_context():
        seen = select(AuditEntry).where(AuditEntry.action == "identity_numbers_seen")
        assert [one.actor_kind for one in db.session.scalars(seen)] == [ActorKind.CITIZEN]
    assert "N012345678" not in citizen.open(f"/requests/{reference}/contents").text


def test_what_was_sent_is_shown_to_its_citizen_alone(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    stranger = make_citizen(citizen.app)

    assert stranger.open(f"/requests/{reference}/contents").status == 404
    assert citizen.open(f"/requests/{citizen.make('draft')}/contents").status == 404


def test_the_pages_of_a_paper_are_shown_once_it_was_looked_at(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.attach(reference, "old_passport", files.pdf(2), "جواز.pdf")
    with citizen.app.app_context():
        item = queries.find_item(case_of(citizen.app, reference), ItemKind.PAPER, "old_passport")
        uid = item.files[0].document.uid
    picture = f"/en/requests/{reference}/papers/old_passport/{uid}"
    client = citizen.visitor.client
    assert client.get(f"{picture}.jpg").status_code == 204
    assert client.get(f"{picture}/1.jpg").status_code == 404

    with citizen.app.app_context():
        jobs.drain()

    assert client.get(f"{picture}.jpg").mimetype == "image/jpeg"
    assert [client.get(f"{picture}/{n}.jpg").status_code for n in (0, 1, 2, 3)] == [
        404,
        200,
        200,
        404,
    ]


def test_the_remark_on_a_page_stands_where_it_is_mended(citizen: Citizen, app: Flask) -> None:
    with app.test_request_context(), transaction():
        officer = factory.officer()
        case = factory.taken(db.session.get_one(Account, citizen.account_id), officer)
        item = queries.find_item(case, ItemKind.ANSWERS, "stay_in_russia")
        wrong = cases.ItemDecision(verdict=cases.Verdict.REJECTED, note="العنوان غير كامل")
        decided = cases.decide_item(
            case.reference, item.uid, wrong, actor=officer, seen=case.version, key="decided"
        )
        cases.ask_correction(
            case.reference,
            until_on=clock.today("Europe/Moscow") + timedelta(days=14),
            actor=officer,
            seen=decided.version,
            key="asked",
        )
        reference = case.reference

    page = citizen.open(f"/requests/{reference}/page/stay_in_russia")

    assert "العنوان غير كامل" in page.text


def test_what_cannot_be_done_again_leads_back_to_the_request(citizen: Citizen) -> None:
    reference = citizen.make("accepted")

    page = citizen.open(f"/requests/{reference}/appointment/cancel")

    assert page.status == 409
    assert page.link("To my request") == f"/en/requests/{reference}"


def test_the_post_says_where_it_is_and_when(citizen: Citizen) -> None:
    with citizen.app.test_request_context(), transaction():
        post = people.post()
        seats.make_site(post, code=post.code)
        pool = seats.make_pool(post)
        seats.make_hours(pool, weekdays=(1,), opens="09:00", closes="11:00")
        seats.make_hours(pool, weekdays=(1,), opens="11:00", closes="13:00")
    citizen.open("/help")

    page = citizen.visitor.follow("Address and hours")

    assert "Monday09:00–13:00" in page.text
    assert page.link("Contact") == "/en/contact"


def test_withdrawing_twice_leads_to_the_same_page(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    citizen.open(f"/requests/{reference}/withdraw")
    other = citizen.another_tab()
    other.open(f"/requests/{reference}/withdraw")

    for tab in (citizen, other):
        tab.submit({}, "Withdraw this request")

    assert other.page.status == 200
    assert other.page.url == citizen.page.url == f"/en/requests/{reference}"


def test_the_slip_shows_number_code_and_drawing(citizen: Citizen) -> None:
    reference = citizen.make("submitted")

    page = citizen.open(f"/requests/{reference}/slip")
    drawing = citizen.visitor.client.get(f"/en/requests/{reference}/qr.svg")

    with citizen.app.app_context():
        code = case_of(citizen.app, reference).follow_code or ""
    assert code[:4] + "-" + code[4:] in page.text
    assert "Three printed photos" in page.text and "200 US dollars" in page.text
    assert "guardianship" not in page.text
    assert page.link("Back") == f"/en/requests/{reference}"
    assert drawing.mimetype == "image/svg+xml"
    assert drawing.headers["Cache-Control"] == "no-store"
    assert drawing.data.startswith(b"<svg")


@pytest.fixture
def sent(citizen: Citizen) -> Iterator[tuple[str, str]]:
    """Name a request that was sent, and its follow-up code."""
    reference = citizen.make("submitted")
    with citizen.app.app_context():
        code = case_of(citizen.app, reference).follow_code or ""
    yield reference, code


def follow(visitor: Visitor, reference: str, code: str) -> str:
    visitor.open("/en/follow")
    visitor.submit({"reference": reference, "code": code}, button="Show how it stands")
    return visitor.page.text


def test_number_and_code_tell_how_a_request_stands(visitor: Visitor, sent: tuple[str, str]) -> None:
    text = follow(visitor, sent[0].lower().replace("-", " "), sent[1].lower())

    assert "Received" in text and sent[0] in text
    assert "ليان" not in text and "Layan" not in text


@pytest.mark.parametrize("wrong", ["code", "unknown"])
def test_any_wrong_pair_gets_the_same_neutral_answer(
    visitor: Visitor, sent: tuple[str, str], wrong: str
) -> None:
    reference, code = sent
    pairs = {"code": (reference, "AAAA-AAAA"), "unknown": (str(references.make("JM")), code)}

    follow(visitor, *pairs[wrong])

    assert visitor.page.status == 422
    assert visitor.page.errors == ["No request has this number and this code. Check both of them."]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("check character", "One character of this number is wrong"), ("nonsense", "not the whole")],
)
def test_a_slip_in_the_number_is_told_beside_its_field_and_costs_no_try(
    visitor: Visitor, sent: tuple[str, str], wrong: str, said: str
) -> None:
    reference, code = sent
    other = "A" if reference[-1] != "A" else "C"
    typed = reference[:-1] + other if wrong == "check character" else "؟" * 50

    for _ in range(15):
        follow(visitor, typed, code)
        assert visitor.page.status == 422
        assert [said in line for line in visitor.page.errors] == [True]
    assert visitor.page.link(visitor.page.errors[0]) == "#reference"

    assert "Received" in follow(visitor, reference, code)


def test_an_empty_pair_names_both_fields(visitor: Visitor, app: Flask) -> None:
    follow(visitor, "", "")

    assert visitor.page.status == 422
    assert len(visitor.page.errors) == 2


@pytest.mark.proves("S37")
def test_guessing_codes_of_one_request_ends_soon(visitor: Visitor, sent: tuple[str, str]) -> None:
    visitor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    for _ in range(10):
        follow(visitor, sent[0], "AAAA-AAAA")

    follow(visitor, *sent)

    assert visitor.page.status == 429
    assert "Received" not in visitor.page.text


def test_a_stranger_who_guesses_closes_a_request_to_nobody_else(
    app: Flask, visitor: Visitor, sent: tuple[str, str]
) -> None:
    for _ in range(10):
        stranger = Visitor(app.test_client())
        stranger.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
        follow(stranger, sent[0], "AAAA-AAAA")

    visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"

    assert "Received" in follow(visitor, *sent)


def test_guessing_codes_of_one_request_from_many_networks_ends_too(
    visitor: Visitor, sent: tuple[str, str]
) -> None:
    with time_machine.travel("2026-11-23T10:00:00Z", tick=False):
        with visitor.client.application.app_context(), transaction():
            for _ in range(200):
                throttle.count(following.ONE_CASE, references.fold(sent[0]))

        follow(visitor, *sent)

    assert visitor.page.status == 429


def test_who_holds_the_slip_may_look_often(visitor: Visitor, sent: tuple[str, str]) -> None:
    visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    for _ in range(12):
        assert "Received" in follow(visitor, *sent)


def test_following_pages_speak_each_language(visitor: Visitor, app: Flask) -> None:
    with app.app_context(), transaction():
        factory.offer()
    for language in ("ar", "ru", "en"):
        page = visitor.open(f"/{language}/follow")
        assert (page.status, page.language) == (200, language)


def book(citizen: Citizen, reference: str) -> str:
    """Give a request an appointment; return its follow-up code."""
    with citizen.app.test_request_context(), transaction():
        case = case_of(citizen.app, reference)
        site = seats.make_site(case.service.post, code=case.service.post.code)
        site.address = {"ar": "موسكو، زقاق مانسوروفسكي 4", "ru": "Москва, Мансуровский пер., д. 4"}
        slot = seats.make_slot(seats.make_pool(case.service.post))
        seats.make_booking(case, slot)
        cases.record_booking(case, Action.BOOKED, actor=factory.officer(), key="booked")
        return case.follow_code or ""


def test_a_booked_time_is_told_wherever_the_request_stands(citizen: Citizen) -> None:
    reference = citizen.make("accepted")
    code = book(citizen, reference)

    for path in (f"/requests/{reference}", "/requests"):
        assert "Appointment booked: " in citizen.open(path).text
        assert "10:20" in citizen.page.text
    stranger = Visitor(citizen.app.test_client())
    assert "10:20" in follow(stranger, reference, code)
    assert "Мансуровский" not in stranger.page.text


def test_the_slip_of_a_visit_says_when_and_where_and_shows_its_code(citizen: Citizen) -> None:
    reference = citizen.make("accepted")
    book(citizen, reference)
    citizen.open(f"/requests/{reference}/appointment")

    page = citizen.visitor.follow("Print the appointment slip")

    assert "10:20" in page.text and "Мансуровский" in page.text
    assert [e.get("src") for e in page.root.iter("img")] == [
        f"/en/requests/{reference}/appointment/code.svg"
    ]


def test_an_address_stands_as_on_the_house_beneath_the_arabic_one(citizen: Citizen) -> None:
    reference = citizen.make("accepted")
    book(citizen, reference)

    page = citizen.open(f"/requests/{reference}/appointment", "ar")

    local = [e for e in page.root.iter("bdi") if e.get("lang") == "ru"]
    assert [(e.text, e.get("dir")) for e in local] == [("Москва, Мансуровский пер., д. 4", "ltr")]
    entry = citizen.visitor.client.get(f"/ar/requests/{reference}/appointment/visit.ics").text
    assert "Мансуровский" in entry.replace("\r\n ", "")


def test_what_happened_is_told_in_the_order_of_time(citizen: Citizen) -> None:
    reference = citizen.make("accepted")

    text = citizen.open(f"/requests/{reference}").text

    told = (
        "The request was received",
        "All papers were accepted",
        "The appointment comes next",
        "The document is prepared",
        "The document is collected",
    )
    assert sorted(told, key=text.index) == list(told)


def test_what_is_ready_is_to_be_collected(citizen: Citizen) -> None:
    with citizen.app.app_context(), transaction():
        letters.publish()
        account = db.session.get_one(Account, citizen.account_id)
        reference = letters.ready(account, factory.officer()).reference

    page = citizen.open(f"/requests/{reference}")

    assert "The document is ready: collect it with an identity document" in page.text
    assert "We promise to be done" not in page.text
    assert page.link("Print the slip") == f"/en/requests/{reference}/slip"


def test_no_day_is_promised_while_the_clock_stands_still(citizen: Citizen) -> None:
    reference = citizen.make("accepted")
    book(citizen, reference)

    page = citizen.open(f"/requests/{reference}")

    assert "The promised time stands still" in page.text
    assert "We promise to be done" not in page.text


def test_a_slip_promises_no_day_before_the_visit(citizen: Citizen) -> None:
    reference = citizen.make("submitted")
    assert "Promised by" in citizen.open(f"/requests/{reference}/slip").text
    accepted = citizen.make("accepted")
    book(citizen, accepted)

    slip = citizen.open(f"/requests/{accepted}/slip")

    assert "10:20" in slip.text
    assert "Promised by" not in slip.text


def test_a_fee_that_is_owed_is_said_where_nothing_else_is_to_be_done(citizen: Citizen) -> None:
    with citizen.app.app_context(), transaction():
        money.publish(path=("review", "hand_over"))

    page = citizen.open(f"/requests/{citizen.make('submitted')}")

    assert "Nothing for you to do but the fee: 200 US dollars" in page.text


def test_an_appointment_stands_on_the_page_of_its_request(citizen: Citizen) -> None:
    reference = citizen.make("accepted")
    assert "Choose an appointment" in citizen.open(f"/requests/{reference}").text
    book(citizen, reference)

    page = citizen.open(f"/requests/{reference}")

    assert "10:20" in page.text
    assert "Nothing for you to do" in page.text
    assert page.link("Show, move or cancel").endswith("/appointment")


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("en", "There is already a request for the same thing."),
        ("ru", "Заявление о том же уже есть."),
    ],
)
def test_the_reason_of_a_refusal_is_read_in_the_readers_language(
    citizen: Citizen, app: Flask, language: str, reason: str
) -> None:
    with app.test_request_context(), transaction():
        officer = factory.officer()
        case = factory.taken(db.session.get_one(Account, citizen.account_id), officer)
        reference, note = case.reference, "انظر الطلب السابق"
        cases.refuse(
            reference,
            reason_code="duplicate",
            note=note,
            actor=officer,
            seen=case.version,
            key="refused",
        )

    page = citizen.open(f"/requests/{reference}", language)

    assert reason in page.text
    assert note in page.text
