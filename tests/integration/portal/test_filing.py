"""Filing a request as its citizen sees it, without a script."""

import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import queries as accounts
from app.cases import queries
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, State
from app.core import clock
from app.core.db import db, transaction
from app.jobs import tasks as jobs
from tests.factories import files, versions
from tests.integration.portal.conftest import (
    DECLARATION,
    STAY,
    TRAVEL,
    Citizen,
    bring,
    case_of,
    fill_in,
    make_citizen,
)
from tests.visitor import values_of


def submissions(app: Flask, reference: str) -> int:
    with app.app_context():
        count = (
            select(func.count())
            .select_from(CaseEvent)
            .join(Case, Case.id == CaseEvent.case_id)
            .where(Case.reference == reference, CaseEvent.action == Action.SUBMITTED)
        )
        return db.session.scalar(count) or 0


def test_a_passport_renewal_is_filed_from_beginning_to_end(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    assert citizen.page.heading == "Papers"
    bring(citizen, reference)
    citizen.visitor.follow("Continue to the check")
    assert "صورة شخصية.jpg" in citizen.page.text
    assert "+963944123456" in citizen.page.text

    citizen.submit({}, "Send the request")

    assert citizen.page.heading == "The request was sent"
    assert reference in citizen.page.text
    citizen.visitor.follow("Print the slip")
    assert reference in citizen.page.text
    assert submissions(citizen.app, reference) == 1


def test_a_photographed_identity_card_takes_the_place_of_the_extract(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    citizen.open(f"/requests/{reference}/page/travel_document")
    citizen.submit({**TRAVEL, "identity_proof": "id_card"}, "Save and continue")
    citizen.open(f"/requests/{reference}/papers")
    assert "Individual registry extract" not in citizen.page.text

    citizen.attach(reference, "photo", files.jpeg(), "photo.jpg")
    citizen.attach(reference, "old_passport", files.jpeg(), "passport.jpg")
    citizen.attach(reference, "id_card", files.jpeg(), "card.jpg")
    citizen.visitor.follow("Continue to the check")
    citizen.submit({}, "Send the request")

    assert citizen.page.heading == "The request was sent"


def test_price_and_time_of_the_urgent_way_are_read_before_it_is_chosen(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    assert "400 US dollars, 3 working days" in citizen.page.text
    citizen.submit({"person": citizen.person_uid, "variant": "urgent"}, "Begin")
    reference = citizen.page.url.split("/")[3]

    text = citizen.open(f"/requests/{reference}/check").text

    for words in ("Urgent", "400 US dollars", "3 working days"):
        assert words in text[text.index("Fee and time") :]


def test_a_variant_of_a_file_is_called_what_its_fee_is_called(citizen: Citizen) -> None:
    with citizen.app.app_context(), transaction():
        versions.publish(
            lambda d: d["fees"][1].update(
                variant="fast", label={"ar": "خلال يوم", "ru": "За день", "en": "Within a day"}
            )
        )

    page = citizen.open("/requests/new/PASS_RENEW", "ru")

    assert "За день" in page.text
    assert "fast" not in page.text


STUDENT = {
    "key": "student",
    "when": {"field": "stay_status", "is": "student"},
    "reason": {"ar": "للطلاب", "ru": "Студентам", "en": "Students are served elsewhere."},
}


def test_a_stopping_answer_is_judged_before_the_rest_is_demanded(citizen: Citizen) -> None:
    with citizen.app.app_context(), transaction():
        versions.publish(lambda d: d.update(exclusions=[STUDENT]))
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    citizen.submit(TRAVEL, "Save and continue")

    page = citizen.submit({"stay_status": "student"}, "Save and continue")

    assert page.heading == "This request cannot be filed here"
    assert "Students are served elsewhere." in page.text
    again = citizen.visitor.follow("Change the answers")
    assert again.url.endswith("/page/stay_in_russia")
    chosen = [e.get("value") for e in again.root.iter("input") if e.get("checked") is not None]
    assert "student" in chosen


def test_the_pages_are_complete_in_each_language(citizen: Citizen) -> None:
    reference = citizen.make("complete")
    for language in ("ar", "ru", "en"):
        for path in (
            "",
            "/check",
            "/papers",
            "/papers/photo",
            "/papers/civil_extract",
            "/discard",
            "/page/travel_document",
            "/page/declaration",
        ):
            page = citizen.open(f"/requests/{reference}{path}", language)
            assert (page.status, page.language) == (200, language)
            assert page.heading


@pytest.mark.parametrize("stage", ["draft", "submitted", "asked", "accepted"])
def test_a_request_shows_its_stage_in_each_language(citizen: Citizen, stage: str) -> None:
    reference = citizen.make(stage)
    for language in ("ar", "ru", "en"):
        assert citizen.open(f"/requests/{reference}", language).status == 200
        assert citizen.open("/requests", language).status == 200
        assert reference in citizen.page.text


def test_answers_are_saved_at_each_step_and_back_is_safe(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    first = citizen.page.url
    citizen.submit(TRAVEL, "Save and continue")

    again = make_same_on_another_device(citizen).visitor.open(first)

    assert "Saved at" in again.text
    values = {e.get("name"): e.get("value") for e in again.root.iter("input")}
    assert values["old_number"] == "N012345678"


def make_same_on_another_device(citizen: Citizen) -> Citizen:
    return citizen.another_tab()


def test_going_to_the_page_before_keeps_what_was_typed(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    citizen.submit(TRAVEL, "Save and continue")
    second = citizen.page.url

    citizen.submit({"city": "Казань", "phone": "123"}, "Previous page")
    assert "travel_document" in citizen.page.url
    assert "could not be used was not saved" in citizen.page.text

    values = {e.get("name"): e.get("value") for e in citizen.open(second[3:]).root.iter("input")}
    assert (values["city"], values["phone"]) == ("Казань", "")


def test_whom_a_page_is_about_is_read_on_it(citizen: Citizen) -> None:
    reference = citizen.make("complete")

    assert "For Layan Al Halabi" in citizen.open(f"/requests/{reference}/page/declaration").text
    text = citizen.open(f"/requests/{reference}/check").text
    for words in ("ليان سامر الحلبي", "27 March 1998", "National number"):
        assert words in text


def test_an_unusual_answer_is_told_with_the_way_back_to_it(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    first = citizen.page.url

    citizen.submit({**TRAVEL, "old_number": "12"}, "Save and continue")

    assert citizen.page.link("Change") == first


def test_a_request_that_is_not_finished_is_named_before_another_begins(citizen: Citizen) -> None:
    assert "not finished" not in citizen.open("/requests/new/PASS_RENEW").text
    sent, withdrawn = citizen.make("submitted"), citizen.make("submitted")
    citizen.open(f"/requests/{withdrawn}/withdraw")
    citizen.submit({}, "Withdraw this request")

    page = citizen.open("/requests/new/PASS_RENEW")

    assert page.link(sent) == f"/en/requests/{sent}"
    assert withdrawn not in page.text
    assert citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin").heading


def test_the_way_that_was_chosen_survives_adding_a_person(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")

    citizen.submit({"variant": "urgent"}, "Somebody else")

    assert "/account/people/new" in citizen.page.url
    page = citizen.open("/requests/new/PASS_RENEW?variant=urgent")
    assert [e.get("value") for e in page.root.iter("input") if e.get("checked") is not None] == [
        citizen.person_uid,
        "urgent",
    ]


def test_a_draft_goes_on_where_something_is_missing(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    citizen.submit(TRAVEL, "Save and continue")
    citizen.open("/requests")

    citizen.visitor.follow("Go on")

    assert "stay_in_russia" in citizen.page.url


def test_half_a_page_is_kept_for_later(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    page = citizen.page.url

    citizen.submit({"old_number": "N012345678"}, "Save and finish later")

    assert citizen.page.heading == "My requests"
    values = {e.get("name"): e.get("value") for e in citizen.visitor.open(page).root.iter("input")}
    assert values["old_number"] == "N012345678"


def test_an_answer_may_open_a_further_question(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")

    citizen.submit({**TRAVEL, "reason": "damaged"}, "Save and continue")

    assert citizen.page.errors == []
    assert "further questions" in citizen.page.text
    citizen.submit({"damage": "ماء"}, "Save and continue")
    assert "stay_in_russia" in citizen.page.url


def test_the_guardian_is_asked_for_a_child_only(citizen: Citizen) -> None:
    reference = citizen.make("draft")

    page = citizen.open(f"/requests/{reference}/page/declaration")

    assert "guardian" not in page.text.casefold()


def test_arabic_digits_are_read_in_dates_and_phones(citizen: Citizen) -> None:
    reference = fill_in(citizen)

    with citizen.app.app_context():
        answers = queries.answers(case_of(citizen.app, reference))
        assert (answers["expires"], answers["phone"]) == ("2027-05-01", "+963944123456")


def test_an_empty_form_names_every_question(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/stay_in_russia")

    citizen.submit({}, "Save and continue")

    assert citizen.page.status == 422
    assert len(citizen.page.errors) == 4


def test_a_text_of_ten_thousand_characters_is_refused_and_not_lost(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/stay_in_russia")

    citizen.submit({**STAY, "city": "ق" * 10_000}, "Save and continue")

    assert citizen.page.status == 422
    assert len(citizen.page.errors) == 1
    city = next(e for e in citizen.page.root.iter("input") if e.get("name") == "city")
    assert city.get("value") == "ق" * 10_000
    phone = next(e for e in citizen.page.root.iter("input") if e.get("name") == "phone")
    assert phone.get("value") == STAY["phone"]


def test_a_refused_page_has_an_address_to_come_back_to(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/stay_in_russia?back=check")

    citizen.submit({**STAY, "phone": "12"}, "Save and continue")
    refused = citizen.page
    again = citizen.visitor.open(refused.url)

    assert "check=1" in refused.url and "back=check" in refused.url
    assert again.errors == refused.errors != []
    assert values_of(again.form("Save and continue"))["city"] == STAY["city"]
    citizen.open(f"/requests/{reference}/check")
    assert STAY["city"] not in citizen.page.text


def test_what_was_typed_and_refused_gives_way_to_what_is_saved(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/stay_in_russia")
    citizen.submit({**STAY, "phone": "12"}, "Save and continue")
    refused = citizen.page.url

    citizen.submit({"phone": STAY["phone"]}, "Save and continue")

    assert citizen.page.errors == []
    again = citizen.visitor.open(refused)
    assert (again.status, again.errors) == (200, [])
    assert values_of(again.form("Save and continue"))["phone"] == "+963944123456"


def test_only_questions_of_the_page_are_kept_as_typed(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/stay_in_russia")

    citizen.submit({**STAY, "phone": "12", "stranger": "x"}, "Save and continue")

    with citizen.app.app_context():
        items = case_of(citizen.app, reference).items
        typed = next(item.typed for item in items if item.key == "stay_in_russia")
    assert typed is not None
    assert {"stranger", "csrf_token", "key"}.isdisjoint(typed)
    assert typed["phone"] == ["12"]


def test_a_screenshot_as_photo_is_taken_with_a_word(citizen: Citizen) -> None:
    reference = citizen.make("draft")

    citizen.attach(reference, "photo", files.screenshot(), "screen.png")

    assert "looks like a screenshot" in citizen.page.text
    assert "screen.png" in citizen.page.text
    assert citizen.visitor.follow("Change").url.endswith("/papers/photo")


@pytest.mark.parametrize("paper", ["photo", "old_passport"])
def test_nothing_is_said_of_a_photo_or_of_another_paper(citizen: Citizen, paper: str) -> None:
    reference = citizen.make("draft")
    body = files.jpeg(600, 800) if paper == "photo" else files.screenshot()

    citizen.attach(reference, paper, body, "picture")

    assert "was received" in citizen.page.text
    assert "screenshot" not in citizen.page.text


def test_the_person_is_mended_from_the_check(citizen: Citizen) -> None:
    reference = citizen.make("complete")
    with citizen.app.app_context():
        uid = case_of(citizen.app, reference).person.uid
    citizen.open(f"/requests/{reference}/check")

    link = citizen.page.link("Change")
    assert f"/people/{uid}" in link
    citizen.visitor.open(link)
    citizen.submit({"birth_place": "حلب"}, "Save")

    assert citizen.page.url == f"/en/requests/{reference}/check"


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_how_quickly_is_changed_from_the_check(citizen: Citizen, language: str) -> None:
    reference = citizen.make("complete")
    citizen.open(f"/requests/{reference}/check", language)
    citizen.visitor.open(
        next(
            one.get("href", "")
            for one in citizen.page.root.iter("a")
            if one.get("href", "").endswith("/speed")
        )
    )

    citizen.visitor.submit({"variant": "urgent"})

    assert citizen.page.url == f"/{language}/requests/{reference}/check"
    assert "400" in citizen.page.text
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).variant == "urgent"


def test_a_way_that_is_not_offered_is_refused(citizen: Citizen) -> None:
    reference = citizen.make("complete")
    citizen.open(f"/requests/{reference}/speed")

    citizen.submit({"variant": "yesterday"}, "Save")

    assert citizen.page.status == 422
    with citizen.app.app_context():
        assert case_of(citizen.app, reference).variant == "regular"


def test_a_question_is_named_without_a_colon_behind_it(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW", "ar")

    citizen.visitor.submit({"person": [], "variant": "regular"}, button="البدء")

    assert citizen.page.status == 422
    (line,) = citizen.page.errors
    assert "؟ " in line and "؟:" not in line
    assert "شخص واحد على الأقل" in line


def with_passport(citizen: Citizen, number: str) -> None:
    with citizen.app.test_request_context(), transaction():
        person = accounts.get_person(citizen.account_id, citizen.person_uid)
        person.details = {**(person.details or {}), "passport_number": number}


def old_number(citizen: Citizen) -> str:
    return str(values_of(citizen.page.form("Save and continue"))["old_number"])


def test_the_number_of_the_passport_is_not_asked_for_twice(citizen: Citizen) -> None:
    with_passport(citizen, "N012345678")
    citizen.open("/requests/new/PASS_RENEW")
    citizen.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")
    first = citizen.page.url
    assert old_number(citizen) == "N012345678"

    citizen.submit({**TRAVEL, "old_number": "N000000009"}, "Save and continue")

    citizen.visitor.open(first)
    assert old_number(citizen) == "N000000009"


def test_a_field_that_was_emptied_is_not_filled_again(citizen: Citizen) -> None:
    with_passport(citizen, "N012345678")
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/page/travel_document")

    citizen.submit({**TRAVEL, "old_number": ""}, "Save and continue")

    assert old_number(citizen) == ""
    assert len(citizen.page.errors) == 1


def test_beginning_twice_with_one_form_makes_one_draft(citizen: Citizen) -> None:
    citizen.open("/requests/new/PASS_RENEW")
    other = citizen.another_tab()
    other.visitor.page = citizen.page

    for tab in (citizen, other):
        tab.submit({"person": citizen.person_uid, "variant": "regular"}, "Begin")

    assert citizen.page.url == other.page.url
    with citizen.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Case)) == 1


def test_a_person_of_somebody_else_cannot_be_chosen(citizen: Citizen, app: Flask) -> None:
    stranger = make_citizen(app)
    citizen.open("/requests/new/PASS_RENEW")

    citizen.submit({"person": stranger.person_uid, "variant": "regular"}, "Begin")

    assert citizen.page.status == 422


def test_an_unknown_service_is_not_found(citizen: Citizen) -> None:
    assert citizen.open("/requests/new/NO_SUCH").status == 404


def ready_to_send(citizen: Citizen) -> str:
    reference = citizen.make("complete")
    citizen.open(f"/requests/{reference}/check")
    return reference


def test_a_double_click_sends_once(citizen: Citizen) -> None:
    reference = ready_to_send(citizen)
    again = citizen.another_tab()
    again.visitor.page = citizen.page

    for tab in (citizen, again):
        tab.submit({}, "Send the request")

    assert citizen.page.heading == again.page.heading == "The request was sent"
    assert submissions(citizen.app, reference) == 1


def test_two_tabs_send_once_and_show_the_same_page(citizen: Citizen) -> None:
    reference = ready_to_send(citizen)
    other = citizen.another_tab()
    other.open(f"/requests/{reference}/check")

    for tab in (citizen, other):
        tab.submit({}, "Send the request")

    assert citizen.page.url == other.page.url
    assert submissions(citizen.app, reference) == 1


def test_back_after_sending_leads_to_the_page_that_says_so(citizen: Citizen) -> None:
    reference = ready_to_send(citizen)
    citizen.submit({}, "Send the request")

    page = citizen.open(f"/requests/{reference}/check")

    assert page.heading == "The request was sent"


def test_a_page_saved_in_another_tab_is_shown_before_it_is_sent(citizen: Citizen) -> None:
    reference = ready_to_send(citizen)
    other = citizen.another_tab()
    other.open(f"/requests/{reference}/page/stay_in_russia")
    other.submit({"city": "Омск"}, "Save and continue")

    citizen.submit({}, "Send the request")

    assert citizen.page.status == 409
    assert "Омск" in citizen.page.text
    citizen.submit({}, "Send the request")
    assert citizen.page.heading == "The request was sent"


def test_a_missing_paper_is_named_and_nothing_is_sent(citizen: Citizen) -> None:
    reference = ready_to_send(citizen)
    other = citizen.another_tab()
    other.open(f"/requests/{reference}/papers/photo")
    other.submit({}, "Remove")

    citizen.submit({}, "Send the request")

    assert citizen.page.status == 409
    assert "still missing" in citizen.page.text
    assert submissions(citizen.app, reference) == 0


def test_a_page_of_a_sent_request_is_not_open_any_more(citizen: Citizen) -> None:
    reference = citizen.make("submitted")

    page = citizen.open(f"/requests/{reference}/page/stay_in_russia")

    assert page.url == f"/en/requests/{reference}"


def test_a_draft_is_deleted_only_after_a_question(citizen: Citizen) -> None:
    reference = citizen.make("complete")
    citizen.open(f"/requests/{reference}/discard")

    citizen.submit({}, "Delete this draft")

    assert "no requests yet" in citizen.page.text
    assert citizen.open(f"/requests/{reference}").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/check",
        "/sent",
        "/papers",
        "/papers/photo",
        "/page/declaration",
        "/mend",
        "/withdraw",
        "/slip",
        "/qr.svg",
        "/discard",
        "/continue",
    ],
)
def test_a_request_of_somebody_else_looks_like_none(
    citizen: Citizen, app: Flask, path: str
) -> None:
    reference = make_citizen(app).make("submitted")
    unknown = "JM-2222-2222-" + reference[-1]

    found = citizen.visitor.client.get(f"/en/requests/{reference}{path}")
    missing = citizen.visitor.client.get(f"/en/requests/{unknown}{path}")

    assert found.status_code == missing.status_code == 404
    assert found.data.replace(reference.encode(), b"") == missing.data.replace(
        unknown.encode(), b""
    )


def large_upload(token: str | None) -> bytes:
    """Return the body of a form with a file of 11 MB."""
    head = (
        f'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
        '--edge\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    )
    return head.encode() + bytes(11 * 1024 * 1024) + b"\r\n--edge--\r\n"


def test_a_file_too_large_for_somebody_elses_request_finds_none(
    citizen: Citizen, app: Flask
) -> None:
    reference = make_citizen(app).make("draft")
    own = citizen.make("draft")
    page = citizen.open(f"/requests/{own}/papers/photo")
    token = next(e.get("value") for e in page.root.iter("input") if e.get("name") == "csrf_token")

    body = large_upload(token)

    statuses = [
        citizen.visitor.client.post(
            f"/en/requests/{tried}/papers/{key}",
            data=body,
            content_type="multipart/form-data; boundary=edge",
        ).status_code
        for tried, key in [(reference, "photo"), ("JM-2222-2222-2", "photo"), (own, "no_such")]
    ]

    assert statuses == [404, 404, 404]


def test_whoever_is_not_signed_in_is_led_to_the_door(app: Flask, citizen: Citizen) -> None:
    reference = citizen.make("submitted")

    answer = app.test_client().get(f"/en/requests/{reference}")

    assert answer.status_code == 302
    assert "/account/sign-in" in answer.headers["Location"]


PAPERS: list[tuple[str, Any, str, int]] = [
    ("nothing", b"", "empty", 422),
    ("program.pdf", b"MZ" + bytes(5000), "cannot be used", 422),
    ("broken.jpg", None, "damaged", 422),
    ("huge.jpg", b"\xff\xd8\xff" + bytes(11 * 1024 * 1024), "larger", 413),
    ("vast.jpg", b"\xff\xd8\xff" + bytes(30 * 1024 * 1024), "larger", 413),
]


@pytest.mark.parametrize(("name", "body", "words", "status"), PAPERS, ids=[p[0] for p in PAPERS])
def test_a_bad_file_is_refused_beside_its_field_and_nothing_is_lost(
    citizen: Citizen, name: str, body: bytes | None, words: str, status: int
) -> None:
    reference = citizen.make("draft")
    citizen.attach(reference, "old_passport", files.jpeg(), "أول.jpg")

    page = citizen.attach(
        reference, "old_passport", files.truncated_jpeg() if body is None else body, name
    )

    assert page.status == status
    assert any(words in line for line in page.errors), page.errors
    assert "أول.jpg" in page.text


def test_a_picture_on_which_nothing_can_be_seen_is_refused_with_its_size(
    citizen: Citizen,
) -> None:
    reference = citizen.make("draft")

    citizen.attach(reference, "photo", files.jpeg(60, 60), "tiny.jpg")

    assert citizen.page.status == 422
    assert any("has 60 pixels" in line and "400" in line for line in citizen.page.errors)


def test_a_paper_needs_a_file(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/photo")

    citizen.submit({"file": (io.BytesIO(b""), "")}, "Attach")

    assert citizen.page.status == 422
    assert any("Choose a file" in line for line in citizen.page.errors)


@pytest.mark.parametrize(
    ("issued_on", "words"),
    [
        (["", "", ""], "Enter the day on which this paper was issued."),
        (["٣١", "٢", "٢٠٢٦"], "date that exists"),
        (["1", "1", "2020"], "days ago"),
        (["1", "1", "2100"], "or earlier"),
    ],
)
def test_an_old_or_undated_paper_is_refused_beside_its_date(
    citizen: Citizen, issued_on: list[str], words: str
) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/civil_extract")

    citizen.submit({"issued_on": issued_on}, "Continue")

    assert citizen.page.status == 422
    assert any(words in line for line in citizen.page.errors), citizen.page.errors
    assert not citizen.page.by_class("j-file")


def test_a_file_of_no_use_does_not_cost_the_day_that_was_told(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/civil_extract")
    today = clock.today("Europe/Moscow")
    day = [str(today.day), str(today.month), str(today.year)]
    citizen.submit({"issued_on": day}, "Continue")

    citizen.submit({"file": (io.BytesIO(files.program()), "a.pdf")}, "Attach")
    assert citizen.page.status == 422
    citizen.submit({"file": (io.BytesIO(files.pdf()), "a.pdf")}, "Attach")

    assert "The file was received." in citizen.page.text


def test_a_file_is_attached_once_by_a_double_click(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/old_passport")
    form = citizen.page
    for _ in range(2):
        citizen.visitor.page = form
        citizen.submit({"file": (io.BytesIO(files.jpeg()), "a.jpg")}, "Attach")

    with citizen.app.app_context():
        case = case_of(citizen.app, reference)
        assert sum(len(item.files) for item in case.items) == 1


def test_a_paper_that_is_full_takes_no_more_and_keeps_what_it_has(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.open(f"/requests/{reference}/papers/old_passport")
    form = citizen.page
    for number in range(5):
        citizen.visitor.page = form  # As an old tab shows it, on which there was room.
        key = {"key": f"{number:032}"}
        citizen.submit({"file": (io.BytesIO(files.jpeg()), f"{number}.jpg"), **key}, "Attach")

    assert citizen.page.status == 422
    assert any("No more files can be attached" in line for line in citizen.page.errors)
    assert [f"{number}.jpg" in citizen.page.text for number in range(5)] == [True] * 4 + [False]


def test_twenty_one_files_at_once_are_refused_as_a_whole(citizen: Citizen) -> None:
    reference = citizen.make("draft")
    citizen.attach(reference, "old_passport", files.jpeg(), "أول.jpg")
    many = [(io.BytesIO(files.jpeg()), f"{number}.jpg") for number in range(21)]
    citizen.open(f"/requests/{reference}/papers/old_passport")

    page = citizen.submit({"file": many}, "Attach")

    assert page.status == 422
    assert page.link("Send one file at a time. None of these was kept.") == "#file"
    assert "أول.jpg" in page.text and "0.jpg" not in page.text


def test_the_state_of_a_draft_is_told_as_such(citizen: Citizen) -> None:
    reference = citizen.make("draft")

    with citizen.app.app_context():
        assert case_of(citizen.app, reference).state is State.DRAFT
    assert DECLARATION and "Draft" in citizen.open(f"/requests/{reference}").text


def test_the_small_picture_of_a_paper_is_kept_by_no_browser(citizen: Citizen) -> None:
    reference = fill_in(citizen)
    citizen.attach(reference, "photo", files.jpeg(), "صورة.jpg")
    with citizen.app.app_context():
        jobs.drain()
    page = citizen.open(f"/requests/{reference}/papers/photo")
    picture = next(
        str(one.get("src")) for one in page.root.iter("img") if ".jpg" in str(one.get("src"))
    )

    answer = citizen.visitor.client.get(picture)

    assert answer.mimetype == "image/jpeg"
    assert answer.headers["Cache-Control"] == "no-store"
