"""The persons for whom a citizen acts, and what people type about them."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts import queries, rules, services
from app.accounts.models import Account, AuthorityKind, Person, PersonTerm
from app.audit.models import AuditEntry
from app.core.actor import SYSTEM
from app.core.db import db, transaction
from app.core.errors import NotFound
from tests.integration.accounts.conftest import Say
from tests.integration.accounts.conftest import SignIn as Enter
from tests.visitor import Visitor

LAYAN: dict[str, Any] = {  # Any: a text, or the three parts of a date
    "kind": "self",
    "first_ar": "ليان",
    "father_ar": "سمير",
    "family_ar": "الحلبي",
    "mother_first_ar": "هند",
    "first_latin": "LAYAN",
    "father_latin": "SAMIR",
    "family_latin": "ALHALABI",
    "first_ru": "Лаян",
    "sex": "female",
    "birth": ["27", "3", "1990"],
    "national_number": "01234567890",
}
CHILD = LAYAN | {
    "kind": "parent",
    "first_ar": "يوسف",
    "first_latin": "YUSUF",
    "first_ru": "Юсуф",
    "sex": "male",
    "birth": ["", "", "٢٠١٥"],
    "national_number": "",
}


@pytest.fixture
def citizen(visitor: Visitor, sign_in: Enter) -> Visitor:
    """Be somebody signed in, on the page that adds a person."""
    sign_in(visitor)
    visitor.open("/en/account/people/new")
    return visitor


def add(visitor: Visitor, fields: dict[str, Any], language: str = "en") -> None:
    visitor.open(f"/{language}/account/people/new")
    visitor.submit(fields)


def the_person(app: Flask) -> rules.Details:
    with app.app_context():
        return rules.Details.from_json(db.session.scalars(select(Person)).one().details or {})


def how_many(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(Person)) or 0


@pytest.mark.parametrize(
    ("language", "direction", "name"),
    [("ar", "rtl", "ليان سمير الحلبي"), ("ru", "ltr", "LAYAN SAMIR ALHALABI")],
)
def test_a_citizen_enters_herself_and_a_child(
    app: Flask, citizen: Visitor, say: Say, language: str, direction: str, name: str
) -> None:
    add(citizen, LAYAN, language)
    add(citizen, CHILD, language)
    page = citizen.page
    assert (page.url, page.language) == (f"/{language}/account/people", language)
    assert page.root.get("dir") == direction
    assert page.heading == say(language, "My people")
    assert say(language, "Saved.") in page.text
    assert name in page.text and say(language, "My child") in page.text
    assert how_many(app) == 2


def test_what_was_entered_is_shown_again(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN | {"birth": ["٢٧", "٣", "١٩٩٠"], "national_number": "٠١٢٣٤٥٦٧٨٩٠"})
    assert the_person(app).birth == "1990-03-27"
    assert the_person(app).national_number == "01234567890"
    citizen.follow("Show and change")
    values = {e.get("name"): e.get("value") for e in citizen.page.root.iter("input")}
    assert values["first_ar"] == "ليان" and values["national_number"] == "01234567890"
    parts = [e.get("value") for e in citizen.page.root.iter("input") if e.get("name") == "birth"]
    assert parts == ["27", "03", "1990"]


def test_a_birth_of_which_only_the_year_is_known(app: Flask, citizen: Visitor) -> None:
    add(citizen, CHILD)
    assert the_person(app).birth == "2015"
    citizen.follow("Show and change")
    parts = [e.get("value") for e in citizen.page.root.iter("input") if e.get("name") == "birth"]
    assert parts == ["", "", "2015"]
    citizen.submit({"first_ar": "يوسف"})
    assert the_person(app).birth == "2015"


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_an_empty_form_is_refused_field_by_field(
    app: Flask, citizen: Visitor, say: Say, language: str
) -> None:
    add(citizen, {}, language)
    assert citizen.page.status == 422
    assert len(citizen.page.errors) == 7
    assert f"{say(language, 'Date of birth')}: {say(language, 'This is needed.')}" in (
        citizen.page.errors
    )
    assert citizen.page.language == language
    assert how_many(app) == 0


@pytest.mark.parametrize("field", ["first_ar", "family_latin", "first_ru"])
@pytest.mark.proves("names_text-013")
def test_a_name_of_10000_characters_is_refused(app: Flask, citizen: Visitor, field: str) -> None:
    letter = {"first_ar": "م", "family_latin": "m", "first_ru": "м"}[field]
    citizen.submit(LAYAN | {field: letter * 10_000})
    assert citizen.page.status == 422
    assert "Shorten this to 255 characters or fewer." in citizen.page.errors[0]
    assert how_many(app) == 0


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("first_ar", "Layan", "Write this in Arabic letters."),
        ("first_latin", "ليان", "Write this in Latin letters, as in the passport."),
        ("first_latin", "LАYAN", "Write this in Latin letters, as in the passport."),
        ("first_ru", "Layan", "Write this in Russian letters."),
        ("first_ar", "أم\0ل", "This text holds signs that cannot be read."),
        ("first_ar", "\u00a0\u3000\u2800\u3164", "This is needed."),
        ("kind", "owner", "Choose one of these."),
        ("sex", "x", "Choose one of these."),
        ("birth", ["30", "2", "1990"], "Enter a day that was"),
        ("birth", ["1", "1", "2190"], "Enter a day that was"),
        ("birth", ["27", "", "1990"], "Enter a day that was"),
        ("birth", ["", "", "90"], "Enter a day that was"),
        ("birth", ["x" * 10_000, "", ""], "Enter a day that was"),
        ("birth_place", "x" * 151, "Shorten this to 150 characters or fewer."),
        ("first_ar", "\u00a0\u115f\u1160\uffa0", "This is needed."),
        ("first_ar", "م" * 256, "Shorten this to 255 characters or fewer."),
        ("first_ar", "ﷺ" * 256, "Shorten this to 255 characters or fewer."),
        ("national_number", "1" * 41, "Shorten this to 40 characters or fewer."),
    ],
)
@pytest.mark.proves("S35", "names_text-001", "names_text-005")
def test_what_cannot_be_is_refused_at_its_field(
    app: Flask, citizen: Visitor, field: str, typed: Any, said: str
) -> None:
    citizen.submit(LAYAN | {field: typed})
    assert citizen.page.status == 422
    assert len(citizen.page.errors) == 1 and said in citizen.page.errors[0]
    assert citizen.page.by_class("govuk-error-summary")
    assert how_many(app) == 0


def test_what_was_typed_is_kept_beside_an_error(citizen: Visitor) -> None:
    citizen.submit(LAYAN | {"first_latin": "", "birth": ["31", "٢", "1990"]})
    values = {e.get("name"): e.get("value") for e in citizen.page.root.iter("input")}
    parts = [e.get("value") for e in citizen.page.root.iter("input") if e.get("name") == "birth"]
    assert values["first_ar"] == "ليان"
    assert parts == ["31", "٢", "1990"]


@pytest.mark.parametrize(
    "name",
    [
        "م",
        "م" * 255,
        "ﷺ" * 255,
        "محمـــــد",
        "مُحَمَّد",
        "عبد الرحمن",
        "O'Brien",
        "بن-لادن",
        "' OR 1=1 --",
        "<b>x</b>",
        "%_\\",
    ],
)
@pytest.mark.proves("names_text-007", "names_text-009", "names_text-013", "names_text-015")
def test_any_other_name_is_kept_as_typed(app: Flask, citizen: Visitor, name: str) -> None:
    field = "first_latin" if name.isascii() else "first_ar"
    citizen.submit(LAYAN | {field: name})
    if name == "%_\\":  # no letter at all
        assert citizen.page.status == 422
    else:
        assert getattr(the_person(app), field) == name


@pytest.mark.proves("S36", "names_text-003")
def test_hidden_signs_that_turn_text_are_left_out(app: Flask, citizen: Visitor) -> None:
    citizen.submit(LAYAN | {"first_ar": "\u202eليان\u200f"})
    assert the_person(app).first_ar == "ليان"


@pytest.mark.parametrize("number", ["١٢٣", "123", "abc", "0" * 40])
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_an_unusual_national_number_is_kept_and_remarked_on(
    app: Flask, citizen: Visitor, say: Say, number: str, language: str
) -> None:
    add(citizen, LAYAN | {"national_number": number}, language)
    remark = (
        "A national number usually has 10 to 12 digits. Please compare it with the paper; "
        "it was saved as entered."
    )
    assert say(language, remark) in citizen.page.text
    assert how_many(app) == 1


def test_a_remark_leads_back_to_the_person(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN | {"national_number": "123"})

    citizen.follow("Change")
    assert "123" in citizen.page.body.decode()
    citizen.submit({"national_number": "01234567890"})

    assert the_person(app).national_number == "01234567890"
    assert how_many(app) == 1
    assert "usually has 10 to 12" not in citizen.page.text


@pytest.mark.parametrize("again", [LAYAN, LAYAN | {"first_ar": "رنا", "kind": "parent"}])
def test_a_person_who_is_in_the_list_is_pointed_out(
    app: Flask, citizen: Visitor, again: dict[str, Any]
) -> None:
    add(citizen, LAYAN)
    add(citizen, again)
    assert citizen.page.status == 422
    assert "This person is already in your list." in citizen.page.errors[0]
    assert how_many(app) == 1


def test_the_same_person_in_another_account_is_said_nothing_of(
    app: Flask, citizen: Visitor, sign_in: Enter
) -> None:
    add(citizen, LAYAN)
    other = sign_in(Visitor(app.test_client()), "samer@example.org")
    add(other, LAYAN | {"kind": "agent"})
    assert other.page.status == 200 and other.page.errors == []
    with app.app_context():
        marks = db.session.scalars(select(Person.fingerprint)).all()
    assert len(marks) == 2 and len(set(marks)) == 1


def test_one_cannot_be_two_people(citizen: Visitor) -> None:
    add(citizen, LAYAN)
    add(citizen, CHILD | {"kind": "self"})
    assert "You have entered yourself already." in citizen.page.errors[0]


def test_a_form_sent_twice_adds_one_person(app: Flask, citizen: Visitor) -> None:
    first = Visitor(citizen.client)
    first.page = citizen.page
    first.submit(LAYAN)
    citizen.submit(LAYAN)
    assert (citizen.page.status, citizen.page.url) == (200, "/en/account/people")
    assert how_many(app) == 1


def test_a_person_is_changed(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN)
    citizen.follow("Show and change")
    citizen.submit({"family_latin": "AL-HALABI"})
    assert the_person(app).family_latin == "AL-HALABI"
    with app.app_context():
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.action == "person_saved").order_by(AuditEntry.id)
        ).all()[-1]
    assert entry.fields == {"fields": ["family_latin"]}


def test_the_person_of_somebody_else_is_not_found(
    app: Flask, citizen: Visitor, sign_in: Enter
) -> None:
    add(citizen, LAYAN)
    with app.app_context():
        uid = db.session.scalars(select(Person.uid)).one()
    other = sign_in(Visitor(app.test_client()), "samer@example.org")
    theirs = other.open(f"/ar/account/people/{uid}")
    unknown = other.open(f"/ar/account/people/{'0' * 32}")
    assert (theirs.status, theirs.text) == (unknown.status, unknown.text) == (404, theirs.text)


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_locked_details_are_read_only(
    app: Flask, citizen: Visitor, say: Say, language: str
) -> None:
    add(citizen, LAYAN)
    open_form = citizen.follow("Show and change")
    with app.app_context(), transaction():
        services.lock_identity(db.session.scalars(select(Person.id)).one())
    citizen.page = open_form
    citizen.submit({"first_ar": "رنا"})
    assert citizen.page.status == 409
    assert the_person(app).first_ar == "ليان"

    page = citizen.open(open_form.url.replace("/en/", f"/{language}/"))
    assert page.status == 200 and page.by_class("govuk-input") == []
    assert say(language, "Passport number") in page.text
    assert "1990" in page.text


def test_the_service_itself_refuses_locked_details(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN)
    with app.app_context():
        person = db.session.scalars(select(Person)).one()
        uid, account_id = person.uid, db.session.scalars(select(Account.id)).one()
        with transaction():
            services.lock_identity(person.id)
        with pytest.raises(services.IdentityLocked), transaction():
            services.save_person(
                rules.Details(first_ar="رنا"),
                account_id=account_id,
                kind=AuthorityKind.SELF,
                actor=SYSTEM,
                uid=uid,
            )


def test_a_stranger_is_led_to_sign_in(visitor: Visitor) -> None:
    page = visitor.open("/ru/account/people/new")
    assert page.url.startswith("/ru/account/sign-in")


def test_nothing_personal_is_stored_in_the_clear(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN)
    with app.app_context():
        row = db.session.scalars(select(Person)).one()
        terms = db.session.scalars(select(PersonTerm.term)).all()
    assert "ليان".encode() not in row.sealed_details and b"LAYAN" not in row.sealed_details
    assert terms and all(len(term) == 32 for term in terms)


def found_by(typed: str) -> list[int]:
    """Return the keys of the persons whom staff find by words."""
    query = queries.newest_having(typed)
    return [] if query is None else list(db.session.scalars(query))


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("ليان", 1),
        ("ليا", 1),
        ("لَيان حلبي", 1),
        ("layan", 1),
        ("Лая", 1),
        ("01234567890", 1),
        ("ليان يوسف", 0),
        ("%", 0),
        ("", 0),
    ],
)
def test_staff_find_a_person_by_words(app: Flask, citizen: Visitor, typed: str, found: int) -> None:
    add(citizen, LAYAN)
    with app.app_context():
        assert len(found_by(typed)) == found


def test_words_of_before_find_nobody(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN)
    citizen.follow("Show and change")
    citizen.submit({"first_ar": "رنا"})
    with app.app_context():
        assert found_by("ليان") == []
        assert len(found_by("رنا")) == 1


def test_a_person_is_found_for_their_own_account_only(app: Flask, citizen: Visitor) -> None:
    add(citizen, LAYAN)
    with app.app_context():
        account_id = db.session.scalars(select(Account.id)).one()
        [(person, kind)] = queries.list_persons(account_id)
        assert kind is AuthorityKind.SELF
        assert queries.get_person(account_id, person.uid).id == person.id
        with pytest.raises(NotFound):
            queries.get_person(account_id + 1, person.uid)


@pytest.mark.parametrize("path", ["/en/account/people/%00", "/en/account/people?next=%00"])
def test_an_address_with_a_nul_is_not_found(citizen: Visitor, path: str) -> None:
    assert citizen.open(path).status == 404


def test_a_key_that_we_never_gave_does_no_harm(app: Flask, citizen: Visitor) -> None:
    citizen.submit(LAYAN | {"key": "\0مفتاح" * 100})
    assert citizen.page.status == 200 and how_many(app) == 1


@pytest.mark.parametrize(
    ("field", "typed"),
    [("first_latin", "Samer ☃"), ("passport_number", "N 12☃"), ("first_ru", "Лаян\ue000")],
)
@pytest.mark.proves("S36")
def test_a_sign_that_stands_in_no_name_or_number_is_refused(
    citizen: Visitor, app: Flask, field: str, typed: str
) -> None:
    add(citizen, LAYAN | {field: typed})

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Person)) == 0
