"""One case before an officer: what is shown, what is decided, and what stays hidden."""

import io
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.audit.models import AuditEntry
from app.cases import queries
from app.cases import services as cases
from app.cases.models import Case, CaseEvent
from app.cases.rules import Action, ItemState, State
from app.core import clock
from app.core.actor import Role
from app.core.db import db, new_uid, transaction
from app.documents import services as documents
from app.documents.rules import Reason
from tests.databases import counted_queries
from tests.factories import cases as factory
from tests.factories import files, people
from tests.integration.desk.conftest import (
    Attached,
    Officer,
    drain,
    name_officer,
    officer_at,
    submitted,
    taken,
    tomorrow,
)
from tests.visitor import Page, text_of, values_of


def case_of(reference: str, by: Officer) -> Case:
    """Return a case inside the open context."""
    return queries.get_case(reference, by.actor)


def uids(app: Flask, reference: str, by: Officer) -> dict[str, str]:
    """Return the uid of each item that is to be judged, by its key."""
    with app.app_context():
        return {
            item.key if item.kind.value == "paper" else f"page:{item.key}": item.uid
            for item in case_of(reference, by).items
            if item.state is not ItemState.WAIVED
        }


def verdicts(app: Flask, reference: str, by: Officer, **rejected: str) -> dict[str, str]:
    """Return a form that accepts everything but the papers named with a reason."""
    sent = {}
    for key, uid in uids(app, reference, by).items():
        sent[f"verdict-{uid}"] = "rejected" if key in rejected else "accepted"
        if key in rejected:
            sent[f"reason-{uid}"] = rejected[key]
    return sent


def opened(by: Officer, reference: str, language: str = "en", query: str = "") -> Page:
    """Return the page of a case."""
    return by.visitor.open(f"/{language}/desk/cases/{reference}{query}")


def count_of(app: Flask, reference: str, by: Officer, action: Action) -> int:
    """Return how many events of a kind a case has."""
    with app.app_context():
        case = case_of(reference, by)
        query = select(func.count()).where(CaseEvent.case_id == case.id, CaseEvent.action == action)
        return db.session.scalar(query) or 0


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_papers_stand_beside_answers(app: Flask, officer: Officer, language: str) -> None:
    reference = taken(app, officer)

    page = opened(officer, reference, language)

    assert page.status == 200
    assert page.language == language
    assert "Казань" in page.text
    assert f"/{language}/desk/cases/{reference}/papers/" in _image(page)


def _image(page: Page) -> str:
    """Return the address of the page image that is shown, or nothing."""
    shown = [one for one in page.root.iter("img") if one.get("data-paper") is not None]
    return str(shown[0].get("src")) if shown else ""


def test_the_officer_sees_a_page_image_that_no_browser_runs(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer, photo=files.jpeg())

    answer = officer.visitor.client.get(_image(opened(officer, reference)))

    assert answer.status_code == 200
    assert answer.mimetype == "image/jpeg"
    assert answer.data.startswith(b"\xff\xd8\xff")
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_image_is_never_shown_before_it_is_clean(app: Flask, officer: Officer) -> None:
    reference = submitted(app, photo=files.jpeg())
    photo = uids(app, reference, officer)["photo"]

    page = opened(officer, reference, query=f"?paper={photo}")
    assert _image(page) == ""
    assert "being checked" in page.text
    address = f"/en/desk/cases/{reference}/papers/{photo}/1.jpg"
    assert officer.visitor.client.get(address).status_code == 404

    drain(app)
    assert officer.visitor.client.get(address).status_code == 200


def test_a_file_that_cannot_be_shown_is_said_to_be_so(app: Flask, officer: Officer) -> None:
    reference = submitted(app, photo=files.jpeg())
    photo = uids(app, reference, officer)["photo"]
    with app.app_context(), transaction():
        item = next(one for one in case_of(reference, officer).items if one.uid == photo)
        uid = next(file.document.uid for file in item.files if file.replaced_at is None)
        documents.conclude(uid, documents.Outcome(reason=Reason.TOO_COMPLEX))

    page = opened(officer, reference, query=f"?paper={photo}")

    assert "unreadable or unsafe" in page.text
    assert _image(page) == ""


@pytest.mark.parametrize("number", ["0", "2", "99999999999999999999"])
def test_a_page_that_is_not_there_is_not_found(app: Flask, officer: Officer, number: str) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]

    answer = officer.visitor.client.get(f"/en/desk/cases/{reference}/papers/{photo}/{number}.jpg")

    assert answer.status_code == 404


def test_a_case_of_another_post_looks_as_if_there_were_none(app: Flask, officer: Officer) -> None:
    reference = submitted(app)
    stranger = officer_at(app, Role.OFFICER, post="kazan", prefix="JK").visitor.client
    photo = uids(app, reference, officer)["photo"]

    unknown = stranger.get("/ar/desk/cases/JM-0000-0000-0")
    foreign = stranger.get(f"/ar/desk/cases/{reference}")
    image = stranger.get(f"/ar/desk/cases/{reference}/papers/{photo}/1.jpg")

    assert unknown.status_code == foreign.status_code == image.status_code == 404
    assert _without_tokens(unknown.text, "JM-0000-0000-0") == _without_tokens(
        foreign.text, reference
    )


def _without_tokens(body: str, reference: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", body.replace(reference, ""))


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.ADMIN, Role.AUDITOR])
def test_staff_without_the_role_see_no_case(app: Flask, officer: Officer, role: Role) -> None:
    reference = submitted(app)
    photo = uids(app, reference, officer)["photo"]
    client = officer_at(app, role).visitor.client

    for path in ("", f"/papers/{photo}/1.jpg"):
        assert client.get(f"/ar/desk/cases/{reference}{path}").status_code == 404


def test_a_citizen_sees_no_page_of_staff(app: Flask, officer: Officer) -> None:
    reference = submitted(app)
    citizen = people.citizen_visitor(app)

    assert citizen.open(f"/ar/desk/cases/{reference}").status == 404
    assert citizen.open("/ar/desk/queue").status == 404


def test_a_draft_is_nobodys_business_yet(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.draft(people.account()).reference

    assert opened(officer, reference).status == 404


def test_an_officer_takes_a_case_and_gives_it_back(app: Flask, officer: Officer) -> None:
    reference = submitted(app)
    opened(officer, reference)

    page = officer.visitor.submit({}, button="Take the request")
    assert "You have it in hand" in page.text

    page = officer.visitor.submit({}, button="Give back to the queue")
    assert "Nobody has it in hand" in page.text


def test_who_has_a_case_in_hand_is_shown_to_all_and_can_be_taken_over(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    name_officer(app, officer, "Basel Al Najjar")
    other = officer_at(app, Role.OFFICER)

    page = opened(other, reference)
    assert "Basel Al Najjar is working on it now" in page.text
    assert not page.by_class("s-seg")

    page = other.visitor.submit({}, button="Take over")
    assert "You have it in hand" in page.text


def test_one_paper_is_asked_for_again_with_a_reason(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer, photo="background")
        | {f"note-{photo}": "خلفية بيضاء رجاءً", "until_on": tomorrow()},
        button="Ask the citizen",
    )

    assert "With the citizen" in page.text
    with app.app_context():
        case = case_of(reference, officer)
        item = next(one for one in case.items if one.uid == photo)
        assert case.state is State.ACTION_NEEDED
        assert (item.state, item.reason_code) == (ItemState.REJECTED, "background")
        assert item.note == "خلفية بيضاء رجاءً"
        asked = queries.find_open_round(case.id)
        assert asked is not None and asked.until_on.isoformat() == tomorrow()


def test_the_deadline_is_a_week_when_none_is_chosen(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    officer.visitor.submit(
        verdicts(app, reference, officer, photo="background") | {"until_on": ""},
        button="Ask the citizen",
    )

    with app.app_context():
        asked = queries.find_open_round(case_of(reference, officer).id)
        assert asked is not None
        assert asked.until_on == clock.today("Europe/Moscow") + timedelta(days=7)


@pytest.mark.parametrize("day", ["2020-01-01", "9999-12-31", "nonsense"])
def test_a_day_that_cannot_be_a_deadline_is_refused_and_nothing_typed_is_lost(
    app: Flask, officer: Officer, day: str
) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer, photo="background")
        | {f"note-{photo}": "white please", "until_on": day},
        button="Ask the citizen",
    )

    assert page.status == 422
    assert leads_to(page) == "until_on"
    assert values_of(page.form("Ask the citizen"))["until_on"] == day
    assert "white please" in page.text
    with app.app_context():
        assert case_of(reference, officer).state is State.IN_REVIEW


def test_asking_for_nothing_is_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    page = officer.visitor.submit({"until_on": tomorrow()}, button="Ask the citizen")

    assert page.status == 422
    assert page.errors


def test_a_reason_that_the_paper_does_not_have_is_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    photo = uids(app, reference, officer)["photo"]

    page = officer.visitor.submit(verdicts(app, reference, officer, photo="because"), button="Save")

    assert page.status == 422
    assert page.errors == ["A recent photo: choose one of the reasons in the list."]
    assert leads_to(page) == f"reason-{photo}"


def leads_to(page: Page) -> str:
    """Return where the first error leads, which is there."""
    target = page.link(page.errors[0]).removeprefix("#")
    assert target in {one.get("id") for one in page.root.iter()}
    return target


def test_what_is_asked_again_without_a_word_is_named(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)
    items = uids(app, reference, officer)

    for key, field in (("photo", "reason"), ("page:declaration", "note")):
        page = officer.visitor.submit({f"verdict-{items[key]}": "rejected"}, button="Save")
        assert page.status == 422
        assert leads_to(page) == f"{field}-{items[key]}"
        opened(officer, reference)


def test_a_question_that_leaves_items_unchecked_is_meant(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)
    asked = {f"verdict-{photo}": "rejected", f"reason-{photo}": "background"}

    page = officer.visitor.submit(asked, button="Ask the citizen")
    (box,) = [one for one in page.root.iter("div") if one.get("data-focus") is not None]
    assert text_of(box).startswith("5 items are not checked yet. Ask all the same?")
    owners = [one.get("form") for tag in ("input", "button") for one in box.iter(tag)]
    assert owners == ["review", "review"] and not page.errors and "Error" not in _title(page)

    given = {str(one.get("name")): one.get("value") for one in box.iter("input")}
    assert given == {"ask_anyway": "y"}
    assert "Ask all the same" in text_of(next(box.iter("button")))
    page = officer.visitor.submit(given, button="Ask the citizen")
    assert "With the citizen" in page.text


def _title(page: Page) -> str:
    return text_of(next(page.root.iter("title")))


def test_nothing_that_acts_at_once_is_the_first_button(app: Flask, officer: Officer) -> None:
    page = opened(officer, taken(app, officer))

    buttons = [text_of(one) for one in next(page.root.iter("main")).iter("button")]

    assert buttons.index("Give back to the queue") > buttons.index("Accept the request")


def test_a_note_loses_what_turns_the_line_around(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    officer.visitor.submit(
        verdicts(app, reference, officer, photo="background")
        | {f"note-{photo}": "white \u202eplease\u2066"},
        button="Save",
    )

    with app.app_context():
        item = next(one for one in case_of(reference, officer).items if one.uid == photo)
        assert item.note == "white please"


@pytest.mark.parametrize("note", ["ا" * 1001, "a\0b"])
def test_a_note_that_cannot_be_kept_is_refused_and_not_cut(
    app: Flask, officer: Officer, note: str
) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer, photo="background") | {f"note-{photo}": note},
        button="Save",
    )

    assert page.status == 422
    assert count_of(app, reference, officer, Action.ITEM_DECIDED) == 0


def test_accepting_what_was_not_looked_at_is_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    page = officer.visitor.submit({}, button="Accept the request")

    assert page.status == 422
    assert page.errors


def test_a_double_click_on_accept_leaves_one_event(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)
    form, sent = officer.visitor.page, verdicts(app, reference, officer)

    for _click in range(3):
        officer.visitor.page = form
        page = officer.visitor.submit(sent, button="Accept the request")
        assert page.status == 200

    assert count_of(app, reference, officer, Action.ACCEPTED) == 1
    assert count_of(app, reference, officer, Action.ITEM_DECIDED) == 1


def test_a_stale_page_says_who_did_what_meanwhile(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    name_officer(app, officer, "Basel Al Najjar")
    opened(officer, reference)
    with app.app_context(), transaction():
        case = case_of(reference, officer)
        factory.reject(case, "photo", officer.actor)

    page = officer.visitor.submit(
        verdicts(app, reference, officer)
        | {f"note-{uids(app, reference, officer)['photo']}": "white please"},
        button="Accept the request",
    )

    assert page.status == 409
    assert "changed meanwhile" in page.heading
    assert reference in page.text
    happened = page.by_class("s-history")[0]
    assert len(list(happened)) == 1
    assert "Asked again: A recent photo" in text_of(happened)
    assert "Basel Al Najjar" in text_of(happened)
    assert "white please" in page.text
    assert count_of(app, reference, officer, Action.ACCEPTED) == 0


def test_after_losing_a_case_its_review_is_refused(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    other = officer_at(app, Role.OFFICER)
    opened(officer, reference)
    opened(other, reference)
    other.visitor.submit({}, button="Take over")

    page = officer.visitor.submit(verdicts(app, reference, officer), button="Save")

    assert page.status == 409
    assert "Taken by an officer" in page.text


@pytest.mark.parametrize("seen", ["", "x", "-1", "0", "999999999999", "٣"])
def test_a_version_that_nobody_saw_changes_nothing(app: Flask, officer: Officer, seen: str) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer) | {"seen": seen}, button="Accept the request"
    )

    assert page.status == 409
    assert count_of(app, reference, officer, Action.ACCEPTED) == 0


def test_a_request_is_refused_with_a_reason(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    page = officer.visitor.submit(
        {"reason": "not_entitled", "note": "Ask at the Kazan post."}, button="Continue"
    )
    assert page.heading == "Refuse for good?"
    assert reference in page.text
    assert "This service is not for the person named in the request." in page.text
    assert "Ask at the Kazan post." in page.text
    assert count_of(app, reference, officer, Action.REFUSED) == 0

    page = officer.visitor.submit({}, button="Refuse the request")

    assert page.status == 200
    with app.app_context():
        case = case_of(reference, officer)
        assert (case.state, case.refusal_code) == (State.REFUSED, "not_entitled")


def test_a_head_is_warned_who_alone_could_decide_an_appeal(app: Flask, officer: Officer) -> None:
    head = officer_at(app, Role.HEAD)
    asked = {"reason": "not_entitled", "note": ""}
    opened(head, taken(app, head))
    alone = head.visitor.submit(asked, button="Continue").text
    opened(officer, taken(app, officer))
    by_officer = officer.visitor.submit(asked, button="Continue").text
    officer_at(app, Role.HEAD)
    opened(head, taken(app, head))
    with_another = head.visitor.submit(asked, button="Continue").text

    words = "nobody at this post can decide"
    assert [words in page for page in (alone, by_officer, with_another)] == [True, False, False]


@pytest.mark.parametrize("reason", [None, "nonsense"])
def test_refusing_needs_a_reason_and_keeps_the_note(
    app: Flask, officer: Officer, reason: str | None
) -> None:
    reference = taken(app, officer)
    page = opened(officer, reference)
    assert values_of(page.form("Continue"))["reason"] == ""

    chosen = {"reason": reason} if reason else {}
    page = officer.visitor.submit(chosen | {"note": "what was typed"}, button="Continue")

    assert page.status == 422
    assert "what was typed" in page.text
    with app.app_context():
        assert case_of(reference, officer).state is State.IN_REVIEW


def test_what_follows_the_papers_is_done_step_by_step(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)
    officer.visitor.submit(verdicts(app, reference, officer), button="Accept the request")

    officer.visitor.follow("Completed without a visit …")
    for button, word in (
        ("Complete without a visit", "Accepted, in progress"),
        ("The document is ready", "Ready for collection"),
    ):
        page = officer.visitor.submit({}, button=button)
        assert word in page.text
    officer.visitor.follow("Hand over …")
    receipt = {"receiver": "applicant", "ending": "5678", "unpaid": "y", "is_signed": "y"}
    page = officer.visitor.submit(receipt, button="Hand over")
    assert "Completed" in page.text

    assert not page.by_class("s-seg")


@pytest.mark.proves("S14")
def test_identity_numbers_are_covered_until_somebody_asks(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    with app.app_context():
        number = (case_of(reference, officer).person.details or {})["national_number"]

    page = opened(officer, reference)
    assert number not in page.text
    assert number[-3:] in page.text

    page = officer.visitor.submit({}, button="Show the identity numbers")
    assert number in page.text
    with app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "identity_numbers_seen")
        ).one()
        assert entry.actor_id == officer.actor.id
        assert number not in str(entry.fields)


def test_a_look_at_a_case_changes_nothing(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    with app.app_context():
        before = case_of(reference, officer).version

    opened(officer, reference)

    with app.app_context():
        assert case_of(reference, officer).version == before


@pytest.mark.parametrize("query", ["?paper=nonsense", "?page=0", "?page=x", "?paper=%20&page=-5"])
def test_an_address_that_means_nothing_shows_the_first_paper(
    app: Flask, officer: Officer, query: str
) -> None:
    reference = taken(app, officer)

    assert opened(officer, reference, query=query).status == 200


COPIED = ("case_id", "action", "state", "actor_kind", "actor_id", "details", "at")


def test_a_history_of_three_hundred_asks_no_more_than_one_of_three(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    with app.app_context(), transaction():
        factory.reject(case_of(reference, officer), "photo", officer.actor)

    def count() -> int:
        opened(officer, reference)
        with counted_queries(app) as sent:
            assert opened(officer, reference).status == 200
        return len(sent)

    few = count()
    with app.app_context(), transaction():
        known = queries.list_events(case_of(reference, officer).id)
        last = known[-1]
        for number in range(len(known) + 1, 301):
            again = {name: getattr(last, name) for name in COPIED}
            db.session.add(CaseEvent(number=number, key=f"again/{number}", **again))

    assert count() == few
    (history,) = officer.visitor.page.by_class("s-history")
    assert len(list(history)) == 300


def test_a_note_with_markup_is_shown_as_it_was_typed(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer, photo="background")
        | {f"note-{photo}": "<script>alert(1)</script>"},
        button="Save",
    )

    assert "<script>alert(1)</script>" in page.text


def test_two_pages_of_a_pdf_are_turned_without_a_script(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    with app.app_context(), transaction():
        case = case_of(reference, officer)
        item = next(one for one in case.items if one.key == "old_passport")
        document = documents.receive(
            Attached(io.BytesIO(files.pdf(2)), "جواز.pdf"),
            data_key=case.data_key,
            formats=("pdf",),
            max_pages=5,
        )
        item.files[0].document = document
        uid = item.uid
    drain(app)

    first = _image(opened(officer, reference, query=f"?paper={uid}"))
    second = _image(officer.visitor.submit({}, button="Next page"))

    assert first.endswith("/1.jpg") and second.endswith("/2.jpg")
    assert officer.visitor.client.get(second).status_code == 200


def test_another_paper_keeps_what_was_marked_and_saves_nothing(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    opened(officer, reference)

    page = officer.visitor.submit(
        verdicts(app, reference, officer, photo="background")
        | {f"note-{photo}": "white please", "until_on": tomorrow()},
        button="The present passport",
    )

    assert page.status == 200
    assert "white please" in page.text
    sent = values_of(page.form("Accept the request"))
    assert (sent[f"verdict-{photo}"], sent[f"reason-{photo}"]) == ("rejected", "background")
    assert sent["until_on"] == tomorrow()
    assert count_of(app, reference, officer, Action.ITEM_DECIDED) == 0


def test_marks_made_before_a_change_are_not_saved_over_it(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)
    with app.app_context(), transaction():
        factory.reject(case_of(reference, officer), "photo", officer.actor)

    officer.visitor.submit(verdicts(app, reference, officer), button="The present passport")
    page = officer.visitor.submit({}, button="Save")

    assert page.status == 409


def test_back_to_the_address_of_an_action_leads_to_the_case(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)

    for action in ("review", "refuse", "reveal", "take"):
        page = opened(officer, f"{reference}/{action}")
        assert page.url.endswith(f"/desk/cases/{reference}"), action
    assert opened(officer, f"{reference}/nonsense").status == 404


def test_a_question_is_withdrawn_and_the_check_goes_on(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        reference = factory.asked(people.account(), officer.actor).reference
    opened(officer, reference)

    page = officer.visitor.submit({}, button="Withdraw the question")

    assert "The question is withdrawn. The citizen has been told." in page.text
    assert "You have it in hand" in page.text
    assert page.by_class("s-seg")


@pytest.mark.parametrize(("role", "may"), [(Role.OFFICER, False), (Role.HEAD, True)])
def test_of_others_only_the_head_is_offered_to_withdraw_a_question(
    app: Flask, officer: Officer, role: Role, may: bool
) -> None:
    with app.app_context(), transaction():
        reference = factory.asked(people.account(), officer.actor).reference

    page = opened(officer_at(app, role), reference)

    assert ("Withdraw the question" in page.text) is may


def test_after_a_result_the_next_request_is_one_press_away(app: Flask, officer: Officer) -> None:
    reference, other = taken(app, officer), submitted(app)
    opened(officer, reference)
    officer.visitor.submit(verdicts(app, reference, officer), button="Accept the request")

    page = officer.visitor.submit({}, button="Take the next request")

    assert page.url.endswith(f"/desk/cases/{other}")
    assert "You have it in hand" in page.text


def test_the_history_says_what_was_decided_on_what(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)

    officer.visitor.submit(
        verdicts(app, reference, officer, photo="background", old_passport="unreadable"),
        button="Save",
    )

    happened = text_of(opened(officer, reference).by_class("s-history")[0])
    assert "Asked again: A recent photo and The present passport" in happened
    assert "Accepted: " in happened
    assert "Item checked" not in happened


def test_a_passport_number_is_covered_wherever_it_stands(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    number = str(factory.ANSWERS["travel_document"]["old_number"])
    with app.app_context(), transaction():
        person = case_of(reference, officer).person
        person.details = {**(person.details or {}), "passport_number": number}

    assert number not in opened(officer, reference).text
    assert officer.visitor.submit({}, button="Show the identity numbers").text.count(number) == 2


def test_who_it_is_stands_first_and_shown_numbers_lead_back_to_it(
    app: Flask, officer: Officer
) -> None:
    reference = taken(app, officer)
    photo = uids(app, reference, officer)["photo"]
    page = opened(officer, reference)
    assert text_of(page.by_class("s-answers")[0]).startswith("Applicant")

    button = next(b for b in page.root.iter("button") if "identity numbers" in text_of(b))
    assert str(button.get("formaction")).endswith("/reveal#applicant")
    page = officer.visitor.submit({f"note-{photo}": "white"}, button="Show the identity numbers")

    assert page.by_class("s-applicant")[0].get("id") == "applicant"
    assert values_of(page.form("Accept the request"))[f"note-{photo}"] == "white"


def test_enter_in_a_field_saves_and_shows_nothing(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)

    first = next(opened(officer, reference).form("Accept the request").iter("button"))

    assert (first.get("name"), first.get("value"), first.get("formaction")) == ("do", "save", None)


def test_the_clock_of_what_lies_ready_says_when_it_was_done(app: Flask, officer: Officer) -> None:
    with app.app_context(), transaction():
        case = factory.accepted(people.account(), officer.actor)
        for step in (cases.visit_completed, cases.produced):
            case = step(case.reference, actor=officer.actor, seen=case.version, key=new_uid())
        reference = case.reference

    clock_of = opened(officer, reference).by_class("s-clock")[0]

    assert "Done on" in text_of(clock_of) and "–" not in text_of(clock_of)


@pytest.mark.parametrize("way", ["another tab", "back"])
@pytest.mark.parametrize("changes", ["nothing", "a verdict"])
def test_an_old_page_never_says_saved_of_a_case_that_went_on(
    app: Flask, officer: Officer, changes: str, way: str
) -> None:
    reference = taken(app, officer)
    accepted = verdicts(app, reference, officer)
    asked = verdicts(app, reference, officer, photo="background") | {"until_on": tomorrow()}
    opened(officer, reference)
    officer.visitor.submit(accepted, button="Save")
    old = officer.visitor.page
    if way == "another tab":
        opened(officer, reference)
    officer.visitor.submit(asked, button="Ask the citizen")

    officer.visitor.page = old
    sent = {} if changes == "nothing" else verdicts(app, reference, officer, photo="glasses")
    page = officer.visitor.submit(sent, button="Save")

    assert page.status == 409 and "changed meanwhile" in page.heading
    assert "Correction asked of the citizen" in page.text and "Saved." not in page.text


def test_a_double_click_on_save_is_said_to_be_saved(app: Flask, officer: Officer) -> None:
    reference = taken(app, officer)
    opened(officer, reference)
    form, sent = officer.visitor.page, verdicts(app, reference, officer)

    for _click in range(2):
        officer.visitor.page = form
        page = officer.visitor.submit(sent, button="Save")
        assert page.status == 200 and "Saved." in page.text

    assert count_of(app, reference, officer, Action.ITEM_DECIDED) == 1
