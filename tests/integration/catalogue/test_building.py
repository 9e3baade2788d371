"""The editor of a service, as an admin without a script uses it."""

import copy
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.catalogue import example_files, queries, services
from app.catalogue.building import cards
from app.catalogue.definition import document as definitions
from app.catalogue.definition import elements
from app.catalogue.definition.elements import StepKind
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from tests.factories import people
from tests.visitor import Page, Visitor, text_of, values_of

FOLDER = example_files.FOLDER / "services"
LOST = json.loads((FOLDER / "pass_lost.json").read_text(encoding="utf-8"))
BASE = "/en/admin/services/PASS_LOST"
SAVE = "Save the draft"
GUARDIAN = {"field": "applicant.age", "below": 18}


def words(text: str) -> dict[str, str]:
    return {"ar": f"{text} ع", "ru": f"{text} р", "en": text}


def typed(name: str, text: str) -> dict[str, str]:
    """Return a text as the form of the editor sends it."""
    return {f"{name}-{code}": said for code, said in words(text).items()}


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin of a post whose one service has a draft and was never published."""
    with app.app_context(), transaction():
        services.save_draft(people.post(), definitions.parse(LOST), actor=SYSTEM)
    return people.staff_visitor(app, Role.ADMIN)


def draft(app: Flask, code: str = "PASS_LOST") -> dict[str, Any]:
    """Return the draft as it is stored (Any: JSON)."""
    with app.app_context():
        found: dict[str, Any] = queries.get_service(queries.get_current_post().id, code).draft
        return copy.deepcopy(found)


def change(app: Flask, **parts: Any) -> None:
    """Give the draft other parts (Any: JSON)."""
    document = draft(app) | parts
    with app.app_context(), transaction():
        services.save_draft(people.post(), definitions.parse(document), actor=SYSTEM)


def keys(app: Flask) -> list[list[str]]:
    """Return the keys of the fields, page by page."""
    return [[field["key"] for field in page["fields"]] for page in draft(app)["pages"]]


def press(admin: Visitor, label: str, tab: str = "form") -> Page:
    """Press the button of a card with this label, as it stands in the page."""
    page = admin.open(f"{BASE}/{tab}")
    button = next(b for b in page.root.iter("button") if b.get("aria-label") == label)
    form = next(f for f in page.root.iter("form") if button in list(f.iter("button")))
    sent = {i.get("name", ""): i.get("value", "") for i in form.iter("input")}
    sent["act"] = button.get("value", "")
    answer = admin.client.post(form.get("action", ""), data=sent, follow_redirects=True)
    admin._show(answer)
    return admin.page


def fill(admin: Visitor, path: str, fields: dict[str, Any], button: str = SAVE) -> Page:
    """Open a sheet, fill in some inputs and press its button (Any: text or list of texts)."""
    admin.open(f"{BASE}/parts/{path}")
    return admin.submit(fields, button=button)


def test_an_admin_makes_a_blank_service(app: Flask, admin: Visitor) -> None:
    admin.open("/ru/admin/services")
    admin.follow("Новая услуга")
    sent = {"code": "STUDY_CALL", "category": "study", **typed("title", "A call")}
    page = admin.submit(sent, button="Создать черновик")

    assert page.status == 200
    made = draft(app, "STUDY_CALL")
    assert (made["title"], made["enabled"], made["pages"]) == (words("A call"), True, [])
    with app.app_context():
        post = queries.get_current_post()
        assert queries.list_published(post) == []


def test_an_admin_makes_a_service_like_another_one(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/services/new")
    sent = {"code": "PASS_COPY", "category": "passport", "like": "PASS_LOST"}
    admin.submit({**sent, **typed("title", "Copy")}, button="Make the draft")

    made, source = draft(app, "PASS_COPY"), draft(app)
    assert [made[n] for n in ("pages", "papers", "fees", "path")] == [
        source[n] for n in ("pages", "papers", "fees", "path")
    ]
    assert (made["title"], made["enabled"]) == (words("Copy"), source["enabled"])


def test_a_copy_is_offered_only_where_its_source_is(app: Flask, admin: Visitor) -> None:
    change(app, enabled=False)
    admin.open("/en/admin/services/new")
    sent = {"code": "PASS_COPY", "category": "passport", "like": "PASS_LOST"}
    admin.submit({**sent, **typed("title", "Copy")}, button="Make the draft")

    assert draft(app, "PASS_COPY")["enabled"] is False


def test_a_new_service_is_offered_when_it_is_published(app: Flask, admin: Visitor) -> None:
    admin.open("/en/admin/services/new")
    admin.submit(
        {"code": "STUDY_CALL", "category": "study", **typed("title", "A call")},
        button="Make the draft",
    )
    admin.open("/en/admin/services/STUDY_CALL/versions/publish")
    page = admin.submit(button="Publish this version")

    assert "Version 1 is published. Requests that run keep theirs." in page.text
    assert Visitor(app.test_client()).open("/en/services/STUDY_CALL").status == 200


def without_engine(monkeypatch: pytest.MonkeyPatch, *kinds: StepKind) -> None:
    """Have no part of the software carry these steps out."""
    present = elements.ENGINES_PRESENT - set(kinds)
    monkeypatch.setattr(elements, "ENGINES_PRESENT", present)


def test_a_step_that_nothing_carries_out_cannot_be_chosen(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_engine(monkeypatch, StepKind.CONSIGNMENT)
    kept = [step for step in draft(app)["path"] if step["kind"] != "consignment"]
    change(app, path=kept)

    assert "Consignment to the capital" not in admin.open(f"{BASE}/parts/step/new").text
    assert admin.open(f"{BASE}/parts/step/new?kind=consignment").status == 404


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"code": "PASS_LOST"}, "There is a service of this code already."),
        ({"code": "small"}, "A code has 3 to 40 capital Latin letters"),
        ({"code": "OTHER", "title-ar": "<b>x</b>"}, "HTML is not allowed in texts."),
    ],
)
def test_a_service_that_cannot_be_is_not_made(
    app: Flask, admin: Visitor, sent: dict[str, str], sentence: str
) -> None:
    admin.open("/en/admin/services/new")
    page = admin.submit({**typed("title", "Kept words"), **sent}, button="Make the draft")

    assert page.status in (409, 422)
    assert sentence in " ".join(page.errors)
    assert any(e.get("value") == "Kept words" for e in page.root.iter("input"))
    assert draft(app)["title"] == LOST["title"]


def test_a_title_without_words_is_told_once_by_the_name_of_its_language(admin: Visitor) -> None:
    admin.open("/ru/admin/services/new")

    page = admin.submit({"code": "OTHER"}, button="Создать черновик")

    assert page.errors == ["Текст отсутствует на языке «Арабский»."]


def test_an_amount_says_how_a_new_one_comes_into_force(app: Flask, admin: Visitor) -> None:
    sentence = "A new amount is a new line with its own first day"
    page = admin.open(f"{BASE}/parts/fee/0")

    hint = next(e for e in page.root.iter() if e.get("id") == "amount-hint")
    assert sentence in text_of(hint)
    assert sentence in admin.open(BASE).text
    admin.open(f"{BASE}/parts/fee/0")
    assert admin.submit({"amount": "250"}, button=SAVE).errors == []
    assert draft(app)["fees"][0]["amount"] == 25000


def test_the_places_of_a_call_say_what_they_do(admin: Visitor) -> None:
    page = admin.open(f"{BASE}/offer")

    assert "It refuses nobody: the post chooses among the requests." in page.text


def test_a_text_that_no_language_has_is_empty_not_missing(app: Flask, admin: Visitor) -> None:
    papers = draft(app)["papers"]
    papers[0].pop("help", None)
    papers[1]["help"] = {"ar": "كلام"}
    change(app, papers=papers)

    page = admin.open(BASE)

    states = {
        next(label.get("for", "") for label in box.iter("label")): text_of(box)
        for box in page.by_class("s-tr")
    }
    assert states["papers.0.help-ru"].endswith("Empty")
    assert states["papers.1.help-ru"].endswith("Missing")
    assert "Reviewed" not in page.text
    assert "Complete" in page.text


def test_a_page_comes_with_its_first_question(app: Flask, admin: Visitor) -> None:
    page = fill(
        admin,
        "page/new",
        {**typed("title", "Extra page"), **typed("fields.0.label", "How many?")}
        | {"fields.0.kind": "number"},
    )

    assert page.status == 200
    last = draft(app)["pages"][-1]
    assert (last["key"], last["title"]) == ("extra_page", words("Extra page"))
    assert [(f["key"], f["kind"]) for f in last["fields"]] == [("how_many", "number")]


def test_fields_of_every_shape_are_added(app: Flask, admin: Visitor) -> None:
    fill(admin, "field/new?into=0&kind=money", {**typed("label", "Price"), "max": "49.5"})
    choice = typed("choices.0.label", "Red") | typed("choices.1.label", "Blue")
    fill(admin, "field/new?into=0&kind=choice", {**typed("label", "Colour"), **choice})
    child = typed("fields.0.label", "Name of the child")
    fill(admin, "field/new?into=0&kind=group", {**typed("label", "Children"), **child, "max": "5"})

    price, colour, children = draft(app)["pages"][0]["fields"][-3:]
    assert (price["key"], price["max"]) == ("price", 4950)
    assert [one["key"] for one in colour["choices"]] == ["red", "blue"]
    assert [one["key"] for one in children["fields"]] == ["name_of_the_child"]


def test_a_field_is_edited_with_a_pattern_and_bounds(app: Flask, admin: Visitor) -> None:
    sent = {"max": "٩", "pattern.expression": r"^N\d{8}$", "warn": "y"}
    fill(admin, "field/0.0", {**sent, **typed("pattern.message", "N and digits")})

    field = draft(app)["pages"][0]["fields"][0]
    assert (field["max"], field["warn"]) == (9, True)
    assert field["pattern"] == {"expression": r"^N\d{8}$", "message": words("N and digits")}


@pytest.mark.parametrize(
    ("label", "order"),
    [
        ("Move down: Passport number", ["how", "old_number", "lost_on"]),
        ("Move up: Date of the loss", ["old_number", "lost_on", "how"]),
        ("Duplicate: Passport number", ["old_number", "old_number_2", "how"]),
    ],
)
def test_a_button_moves_or_duplicates_a_field(
    app: Flask, admin: Visitor, label: str, order: list[str]
) -> None:
    page = press(admin, label)

    assert page.status == 200
    assert keys(app)[0][:3] == order


def test_pages_papers_and_steps_move_too(app: Flask, admin: Visitor) -> None:
    press(admin, "Move down: The loss")
    first = text_of(admin.open(f"{BASE}/papers").by_class("s-part__name")[0])
    press(admin, f"Move down: {first}", "papers")
    press(admin, "Move up: Production of the document", "path")

    made = draft(app)
    assert made["pages"][1]["key"] == LOST["pages"][0]["key"]
    assert made["papers"][1]["key"] == LOST["papers"][0]["key"]
    assert [step["kind"] for step in made["path"]][1] == "production"


def test_a_field_goes_to_another_page(app: Flask, admin: Visitor) -> None:
    sent = {"to_page": "1", "act": "carry", **typed("label", "Just typed")}
    fill(admin, "field/0.0", sent, button="Save and move the field")

    assert "old_number" not in keys(app)[0]
    assert keys(app)[1][-1] == "old_number"
    assert draft(app)["pages"][1]["fields"][-1]["label"] == words("Just typed")


def test_a_copy_begins_on_the_services_own_page(admin: Visitor) -> None:
    admin.open(BASE)
    page = admin.follow("Copy this service")

    chosen = [o.get("value") for o in page.root.iter("option") if o.get("selected") is not None]
    assert "PASS_LOST" in chosen


def test_lists_tell_size_age_and_days(app: Flask, admin: Visitor) -> None:
    fill(admin, "paper/0", {"max_bytes": "2.5", "freshness_days": "90"})
    fill(admin, "fee/0", {"target_days": "3"})

    papers = admin.open(f"{BASE}/papers").text
    assert "up to 2.5 MB" in papers
    assert "at most 90 days old" in papers
    assert "3 working days" in admin.open(f"{BASE}/charges").text


def test_the_same_button_twice_acts_once(app: Flask, admin: Visitor) -> None:
    page = admin.open(f"{BASE}/parts/field/new?into=0&kind=date")
    form = page.form(SAVE)
    sent = {i.get("name", ""): i.get("value", "") for i in form.iter("input")}
    sent |= typed("label", "Once")

    for _time in range(2):
        answer = admin.client.post(page.url, data=sent)
        assert answer.status_code == 302

    assert keys(app)[0].count("once") == 1
    assert "once_2" not in keys(app)[0]


def test_what_is_removed_twice_leads_to_the_same_place(app: Flask, admin: Visitor) -> None:
    last = len(draft(app)["papers"]) - 1
    page = admin.open(f"{BASE}/parts/paper/{last}/remove")
    sent = values_of(page.form("Remove from the draft"))

    answers = [admin.client.post(page.url, data=sent) for _time in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].location == answers[1].location
    assert len(draft(app)["papers"]) == last


def test_removing_is_asked_once_more(app: Flask, admin: Visitor) -> None:
    fill(admin, "field/0.0/remove", {}, button="Remove from the draft")

    assert "old_number" not in keys(app)[0]


def test_what_a_condition_reads_is_not_removed(app: Flask, admin: Visitor) -> None:
    pages = draft(app)["pages"]
    pages[1]["fields"][1]["show_when"] = {"field": "how", "is": "lost"}
    change(app, pages=pages)

    page = admin.open(f"{BASE}/parts/field/0.1/remove")

    said = " ".join(page.errors)
    assert "It is read here: Page “" in said
    assert "Field “City” › Shown only when" in said
    assert not [f for f in page.root.iter("button") if "Remove" in text_of(f)]


def test_an_answer_that_a_condition_names_is_not_removed(app: Flask, admin: Visitor) -> None:
    pages = draft(app)["pages"]
    pages[1]["fields"][1]["show_when"] = {"field": "how", "is": "lost"}
    change(app, pages=pages)

    page = fill(admin, "choice/0.1.0/remove", {}, button="Remove from the draft")

    assert page.status == 422
    assert "Field “City” › Shown only when: The field “how” can never" in " ".join(page.errors)
    assert len(draft(app)["pages"][0]["fields"][1]["choices"]) == 3


def _token(admin: Visitor) -> dict[str, str]:
    """Return the hidden fields of the form that is open."""
    inputs = admin.page.root.iter("input")
    return {i.get("name", ""): i.get("value", "") for i in inputs if i.get("type") == "hidden"}


def test_a_condition_is_built_row_by_row(app: Flask, admin: Visitor) -> None:
    first = {"show_when.0.field": "how"}
    page = fill(admin, "field/1.1", first, button="another row")
    assert "Stolen" in [text_of(o) for o in page.root.iter("option")]
    second = {"show_when.0.value": "stolen", "show_when.1.field": "applicant.age"}
    admin.submit({**second, "show_when.1.op": "below"}, button="another row")
    page = admin.submit({"show_when.1.value": "١٨"}, button=SAVE)

    assert page.status == 200
    said = {"all": [{"field": "how", "is": "stolen"}, GUARDIAN]}
    assert draft(app)["pages"][1]["fields"][1]["show_when"] == said
    assert "“What happened?” is “Stolen” and “Age of the applicant” is below 18" in page.text


def test_a_row_that_lacks_its_value_is_named(app: Flask, admin: Visitor) -> None:
    rows = {"show_when.0.field": "applicant.age", "show_when.0.op": "at_least"}
    rows |= {"show_when.0.value": "18", "show_when.1.field": "how", "show_when.1.op": "is"}

    page = fill(admin, "field/1.1", rows)

    assert page.errors == ["Row 2: There is no value that the field can have."]
    assert page.link("Row 2") == "#show_when.1.value"
    page = admin.submit({"show_when.0.value": "1" * 14, "show_when.1.value": "lost"}, button=SAVE)
    assert page.errors == ["Row 1: The number must be between -1000000000000 and 1000000000000."]


def test_a_deeper_condition_stays_and_can_be_edited_as_text(app: Flask, admin: Visitor) -> None:
    pages = draft(app)["pages"]
    deep = {"any": [{"all": [GUARDIAN, {"field": "how", "is": "lost"}]}, GUARDIAN]}
    pages[1]["fields"][1]["show_when"] = deep
    change(app, pages=pages)

    page = fill(admin, "field/1.1", typed("label", "Town"))
    assert page.status == 200
    assert draft(app)["pages"][1]["fields"][1]["show_when"] == deep

    fill(admin, "field/1.1", {"show_when.json": json.dumps(GUARDIAN)})
    assert draft(app)["pages"][1]["fields"][1]["show_when"] == GUARDIAN


LATER = {"show_when.json": '{"field": "city", "answered": true}'}
COLOUR = {"show_when.json": '{"field": "applicant.age", "below": 9, "colour": 1}'}
ITSELF = {"show_when.json": '{"field": "old_number", "answered": true}'}


@pytest.mark.parametrize(
    ("path", "sent", "sentence"),
    [
        ("field/0.0", LATER, "refers to the field “city”, which is asked later"),
        ("field/0.0", ITSELF, "leads back to its own field “old_number”"),
        ("field/0.0", COLOUR, "This key is not known."),
        ("field/0.0", {"show_when.json": "{"}, "This is not valid JSON."),
        ("field/0.0", {"key": "how"}, "This key is used twice."),
        ("field/0.0", {"key": "Big"}, "A key has small Latin letters"),
        ("field/0.0", {"label-en": "<script>x"}, "HTML is not allowed in texts."),
        ("field/0.0", {"min": "many"}, "Enter a whole number"),
        ("paper/0", {"freshness_days": "many"}, "Enter a whole number of days"),
        ("field/0.0", {"min": "30", "max": "3"}, "The upper limit is below the lower limit."),
        ("fee/0", {"valid_from": "2020-13-01"}, "A date is written as 2026-01-31."),
        ("fee/0", {"valid_from": ["31", "2", "2026"]}, "Enter day, month and year"),
        ("fee/1", {"variant": "regular"}, "The period overlaps the fee “regular”"),
        ("fee/0", {"amount": "two"}, "Enter an amount such as 200 or 12.50."),
        ("paper/0", {"max_bytes": "huge"}, "Enter a size such as 5 or 2.5."),
        ("notice/new", {"event": "ready", "text-ar": "{name}"}, "The placeholder {name} is not"),
        ("exclusion/new", typed("reason", "No"), "This value is missing."),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(
    app: Flask, admin: Visitor, path: str, sent: dict[str, Any], sentence: str
) -> None:
    before = draft(app)

    page = fill(admin, path, sent)

    assert page.status == 422
    assert sentence in " ".join(page.errors)
    assert draft(app) == before
    shown = {e.get("value") or e.text for e in page.root.iter() if e.tag in ("input", "textarea")}
    sent_values = {v for s in sent.values() for v in (s if isinstance(s, list) else [s])}
    chosen = {"ready", "regular"}
    assert sent_values - chosen <= {value.strip("\n") for value in shown if value}


def test_the_variant_of_a_fee_is_chosen_not_typed(app: Flask, admin: Visitor) -> None:
    change(app, fees=draft(app)["fees"][:1])
    page = admin.open(f"{BASE}/parts/fee/0")
    select = next(e for e in page.root.iter("select") if e.get("name") == "variant")
    offered = [option.get("value") for option in select.iter("option")]

    admin.submit({"variant": ""}, button=SAVE)

    assert offered == ["", "regular", "urgent"]
    assert "variant" not in draft(app)["fees"][0]


def test_a_variant_that_a_file_named_stays_a_choice(app: Flask, admin: Visitor) -> None:
    fees = draft(app)["fees"]
    change(app, fees=[{**fees[0], "variant": "fast"}])

    page = fill(admin, "fee/0", typed("label", "In a day"))

    assert page.status == 200
    assert draft(app)["fees"][0]["variant"] == "fast"


def test_a_form_of_too_many_fields_is_refused_with_its_place(app: Flask, admin: Visitor) -> None:
    pages = draft(app)["pages"]
    one = {"kind": "date", "label": words("D"), "required": True}
    count = sum(len(page["fields"]) for page in pages)
    pages[0]["fields"] += [{**one, "key": f"d{n}"} for n in range(500 - count)]
    change(app, pages=pages)

    page = press(admin, "Duplicate: Passport number")

    assert "Form: The list is too long; the limit is 500." in text_of(page.root)
    assert sum(map(len, keys(app))) == 500


def test_a_move_before_what_is_read_names_the_place(app: Flask, admin: Visitor) -> None:
    pages = draft(app)["pages"]
    pages[0]["fields"][2]["show_when"] = {"field": "how", "is": "lost"}
    change(app, pages=pages)
    before = keys(app)

    page = press(admin, "Move up: Date of the loss")

    assert "Field “Date of the loss” › Shown only when: The condition" in text_of(page.root)
    assert keys(app) == before


def test_somebody_faster_wins_and_what_was_typed_stays(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/parts/field/0.0")
    change(app, target_days=33)

    page = admin.submit(typed("label", "Typed words"), button=SAVE)

    assert page.status == 409
    assert "This draft was changed in another window or by somebody else." in " ".join(page.errors)
    assert any(e.get("value") == "Typed words" for e in page.root.iter("input"))
    assert draft(app)["pages"][0]["fields"][0]["label"] == LOST["pages"][0]["fields"][0]["label"]


def shown(page: Page, name: str) -> str:
    """Return what stands in an input of the page."""
    return next(e.get("value", "") for e in page.root.iter("input") if e.get("name") == name)


def test_what_this_window_did_not_touch_shows_what_the_other_wrote(
    app: Flask, admin: Visitor
) -> None:
    admin.open(f"{BASE}/parts/field/0.0")
    pages = draft(app)["pages"]
    pages[0]["fields"][0] |= {"label": words("Theirs"), "hint": words("Their hint"), "min": 4}
    change(app, pages=pages)

    page = admin.submit({"label-en": "Mine", "max": "30"}, button=SAVE)

    assert page.status == 409
    assert [shown(page, f"label-{code}") for code in ("ar", "ru", "en")] == [
        words("Theirs")["ar"],
        words("Theirs")["ru"],
        "Mine",
    ]
    assert (shown(page, "min"), shown(page, "max")) == ("4", "30")
    assert page.link("Changed in the other window too, to “Theirs”") == "#label-en"
    assert len(page.errors) == 2
    assert admin.submit(button=SAVE).status == 200
    field = draft(app)["pages"][0]["fields"][0]
    assert (field["label"], field["hint"]) == (
        words("Theirs") | {"en": "Mine"},
        words("Their hint"),
    )
    assert (field["min"], field["max"]) == (4, 30)


def test_a_condition_that_only_others_changed_is_shown_as_they_left_it(
    app: Flask, admin: Visitor
) -> None:
    admin.open(f"{BASE}/parts/field/1.1")
    pages = draft(app)["pages"]
    pages[1]["fields"][1] |= {"show_when": {"field": "how", "is": "lost"}, "required": False}
    change(app, pages=pages)

    admin.submit(typed("label", "Town"), button=SAVE)
    assert admin.submit(button=SAVE).status == 200

    field = draft(app)["pages"][1]["fields"][1]
    assert field["show_when"] == {"field": "how", "is": "lost"}
    assert (field["label"], field["required"]) == (words("Town"), False)


def test_a_part_that_was_moved_meanwhile_is_saved_where_it_stands(
    app: Flask, admin: Visitor
) -> None:
    admin.open(f"{BASE}/parts/field/0.0")
    pages = draft(app)["pages"]
    pages[1]["fields"].append(pages[0]["fields"].pop(0))
    change(app, pages=pages)

    page = admin.submit(typed("label", "My words"), button=SAVE)
    assert (page.status, page.heading) == (409, "Field “Passport number” PASS_LOST")
    page = admin.submit(button=SAVE)

    assert page.status == 200
    assert draft(app)["pages"][1]["fields"][-1]["label"] == words("My words")
    assert draft(app)["pages"][0]["fields"] == pages[0]["fields"]


def test_what_was_typed_for_a_part_that_is_gone_is_shown(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/parts/field/0.0")
    pages = draft(app)["pages"]
    del pages[0]["fields"][0]
    change(app, pages=pages)

    page = admin.submit(typed("label", "My words"), button=SAVE)

    assert (page.status, page.heading) == (409, "This part is not there any more PASS_LOST")
    assert words("My words")["ru"] in page.text


def test_settings_of_one_page_are_saved_together(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/offer")
    sent = {
        "window.opens_on": ["1", "1", "2027"],
        "window.closes_on": ["1", "february", "2027"],
    }
    row = {"consent_when.0.field": "applicant.age", "consent_when.0.op": "below"}
    page = admin.submit({**sent, **row, "position": "7"}, button="Show the values and another row")
    assert shown(page, "window.opens_on") == "1"

    admin.submit({"consent_when.0.value": "18"}, button=SAVE)

    made = draft(app)
    assert made["window"] == {"opens_on": "2027-01-01", "closes_on": "2027-02-01"}
    assert (made["position"], made["consent_when"]) == (7, GUARDIAN)


def test_settings_that_others_changed_are_not_put_back(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/path")
    change(app, target_days=33)

    page = admin.submit({"retention_months": "12"}, button=SAVE)

    assert (page.status, shown(page, "target_days")) == (409, "33")
    admin.submit(button=SAVE)
    assert (draft(app)["target_days"], draft(app)["retention_months"]) == (33, 12)


def test_a_key_is_fixed_once_the_service_was_published(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        services.publish(queries.get_service(people.post().id, "PASS_LOST"), actor=SYSTEM)

    page = fill(admin, "field/0.0", {"key": "other_key", **typed("label", "New words")})

    assert page.status == 200
    assert keys(app)[0][0] == "old_number"
    assert "cannot change any more" in admin.open(f"{BASE}/parts/field/0.0").text


def test_papers_are_edited_with_their_reasons(app: Flask, admin: Visitor) -> None:
    fill(
        admin,
        "paper/new",
        {**typed("title", "Proof of loss"), "max_bytes": "2.5", "max_pages": "3"}
        | {"freshness_days": "90", "original": "y", "formats": ["pdf"]}
        | {"bring_when.0.field": "how", "bring_when.0.value": "stolen"},
    )
    number = len(draft(app)["papers"]) - 1
    fill(admin, f"reason/new?into={number}", typed("text", "No stamp"))

    paper = draft(app)["papers"][-1]
    assert (paper["key"], paper["max_bytes"], paper["formats"]) == (
        "proof_of_loss",
        2621440,
        ["pdf"],
    )
    assert paper["bring_when"] == {"field": "how", "is": "stolen"}
    assert [reason["code"] for reason in paper["reasons"]] == ["unreadable", "other", "no_stamp"]


def test_charges_are_added(app: Flask, admin: Visitor) -> None:
    dated = {"valid_from": "2026-01-01", **typed("legal_basis", "Decision 7")}
    money = {**dated, "amount": "50", "currency": "USD"}
    when = {"when.0.field": "lost_on", "when.0.op": "older_than", "when.0.value": "30"}
    fill(admin, "fee/0", {"valid_to": "2026-12-31"})
    copy_of = {"valid_from": ["١", "كانون الثاني", "2027"], "valid_to": "", "amount": "250"}
    fill(admin, "fee/new?like=0", copy_of)
    fill(admin, "add_on/new", {**money, **when, **typed("label", "Late")})
    waiver = {**dated, "percent": "50", "by_officer": "y"}
    page = fill(admin, "waiver/new", {**waiver, **typed("label", "Student")})

    made = draft(app)
    assert page.status == 200
    assert (made["fees"][-1]["key"], made["fees"][-1]["amount"]) == ("regular_2", 25000)
    assert made["add_ons"][-1]["when"] == {"field": "lost_on", "older_than": 30}
    assert made["fees"][-1]["valid_from"] == "2027-01-01"
    assert (made["add_ons"][-1]["amount"], made["waivers"][-1]["percent"]) == (5000, 50)
    assert "more than 30 days ago" in page.text


def test_the_path_and_what_is_there_once_are_changed(app: Flask, admin: Visitor) -> None:
    fill(admin, "step/new?kind=second_review", {"decided_by": ["head"], **typed("title", "Again")})
    fill(admin, "exclusion/new", {**typed("reason", "Too young"), "when.0.field": "applicant.age"}
         | {"when.0.op": "below", "when.0.value": "14"})  # fmt: skip
    fill(admin, "notice/new", {"event": "ready", **typed("text", "Bring {reference}")})
    for tab, sent in (
        (
            "path",
            {
                "target_days": "15",
                "appointment.units": "3",
                "appointment.moves": "1",
                **typed("issues", "Passport"),
            },
        ),
        ("charges", {"fee_rule": "lower"}),
    ):
        admin.open(f"{BASE}/{tab}")
        assert admin.submit(sent, button=SAVE).status == 200

    made = draft(app)
    assert made["path"][-1]["kind"] == "hand_over"
    assert made["path"][-2] == {
        "kind": "second_review",
        "title": words("Again"),
        "decided_by": ["head"],
    }
    assert made["exclusions"][0]["when"] == {"field": "applicant.age", "below": 14}
    assert made["notices"] == [{"event": "ready", "text": words("Bring {reference}")}]
    assert (made["target_days"], made["fee_rule"]) == (15, "lower")
    assert (made["appointment"]["units"], made["appointment"]["moves"]) == (3, 1)


def test_the_consent_of_the_other_parent_is_asked_for_minors(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/offer")
    row = {"consent_when.0.field": "applicant.age", "consent_when.0.op": "below"}
    sent = {**row, "consent_when.0.value": "18", "consent_when.join": "all"}

    admin.submit(sent, button=SAVE)

    assert draft(app)["consent_when"] == {"field": "applicant.age", "below": 18}
    page = admin.client.get(f"{BASE}/offer").get_data(as_text=True)
    assert "Consent of the other parent" in page
    assert 'value="below" selected' in page


def test_a_window_opens_and_closes(app: Flask, admin: Visitor) -> None:
    admin.open(f"{BASE}/offer")
    sent = {"window.opens_on": "2027-01-01", "window.sector": "study", "window.places": "40"}

    page = admin.submit({**sent, "window.closes_on": "2026-01-01"}, button=SAVE)
    assert page.status == 422
    assert "The last day lies before the first." in " ".join(page.errors)
    page = admin.submit({"window.closes_on": "2027-02-01"}, button=SAVE)

    assert page.status == 200
    window = {"opens_on": "2027-01-01", "closes_on": "2027-02-01", "places": 40, "sector": "study"}
    assert draft(app)["window"] == window


def test_every_action_is_in_the_audit(app: Flask, admin: Visitor) -> None:
    press(admin, "Move down: Passport number")
    fill(admin, "field/0.0/remove", {}, button="Remove from the draft")

    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(2))
        said = [entry.fields.get("what") for entry in entries]
    assert said == ["removed pages.0.fields.0", "down pages.0.fields.0"]


@pytest.mark.parametrize("path", ["field/9.9", "field/0", "colour/0", "page/x", "choice/0.0.0"])
def test_what_is_not_there_is_not_found(admin: Visitor, path: str) -> None:
    assert admin.open(f"{BASE}/parts/{path}").status == 404


def test_citizens_and_officers_have_no_editor(app: Flask, admin: Visitor) -> None:
    officer = people.staff_visitor(app, Role.OFFICER)

    assert officer.open(f"{BASE}/form").status == 404


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_every_page_of_the_editor_opens(app: Flask, admin: Visitor, language: str) -> None:
    base = BASE.replace("/en/", f"/{language}/")
    paths = ["form", "papers", "charges", "path", "offer", "parts/field/0.1", "parts/paper/0"]
    paths += ["parts/fee/0", "parts/step/0", "parts/field/new?into=0", "parts/step/new"]
    paths += [f"parts/{part}/new" for part in ("page", "paper", "fee", "add_on", "waiver")]

    assert {path: admin.open(f"{base}/{path}").status for path in paths} == dict.fromkeys(
        paths, 200
    )


def test_a_card_can_say_every_example(app: Flask) -> None:
    with app.test_request_context("/ar/"):
        for path in sorted(FOLDER.glob("*.json")):
            document = json.loads(path.read_text(encoding="utf-8"))
            made = definitions.dump(definitions.parse(document))
            for name in ("pages", "papers", "fees", "path"):
                there: list[object] = document[name]
                assert len(cards.cards_of(made, (name,))) == len(there)


@pytest.mark.parametrize(
    ("language", "stranger"), [("ru", "Шаг"), ("ar", "مرحلة"), ("ar", "الإضافات على الرسم")]
)
def test_the_editor_has_one_word_for_an_idea(admin: Visitor, language: str, stranger: str) -> None:
    base = f"/{language}/admin/services/PASS_LOST"
    tabs = ("/path", "/fees", "/languages", "/versions/publish")

    assert not [tab for tab in tabs if stranger in admin.open(f"{base}{tab}").text]
