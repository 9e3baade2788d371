"""The texts of a draft side by side, and the gate before publishing."""

import json

from flask import Flask

from app.catalogue import example_files, queries, services, translation
from app.catalogue.definition import document as definitions
from app.catalogue.definition.texts import placed_texts
from app.catalogue.models import Service
from app.core.actor import SYSTEM, Role
from app.core.db import transaction
from tests.factories import people
from tests.visitor import Visitor

FOLDER = example_files.FOLDER / "services"
RENEWAL = json.loads((FOLDER / "pass_renew.json").read_text(encoding="utf-8"))
CITY = "pages.stay_in_russia.fields.city.label"
EDITOR = "/admin/services/PASS_RENEW"


def offer() -> None:
    """Publish the renewal of passports; call inside a transaction."""
    service = services.save_draft(people.post(), definitions.parse(RENEWAL), actor=SYSTEM)
    services.publish(service, actor=SYSTEM)


def admin_of(app: Flask) -> Visitor:
    with app.app_context(), transaction():
        offer()
    return people.staff_visitor(app, Role.ADMIN)


def kept(app: Flask) -> Service:
    return queries.get_service(queries.get_current_post().id, "PASS_RENEW")


def words(service: Service, place: str) -> dict[str, str]:
    return dict(next(one.text for one in placed_texts(service.draft) if one.place == place))


def test_a_changed_original_asks_for_its_translations_and_closes_the_gate(app: Flask) -> None:
    admin = admin_of(app)

    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    admin.submit({f"{CITY}-ar": "المدينة أو القرية"}, button="Save the texts")
    assert "The original has changed: check the translation." in admin.page.text
    page = admin.open(f"/en{EDITOR}/versions/publish")

    assert "Cannot be published yet: 1 text needs a translation." in page.text
    assert page.link("(Russian)").endswith(f"part=open#{CITY}-ru")
    with app.app_context():
        assert [one.number for one in queries.list_versions(kept(app))] == [1]


def test_a_new_translation_or_a_tick_opens_the_gate(app: Flask) -> None:
    admin = admin_of(app)
    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    admin.submit({f"{CITY}-ar": "المدينة أو القرية"}, button="Save the texts")

    admin.open(f"/en{EDITOR}/languages")
    admin.submit({f"{CITY}-ru": "Город или село", f"{CITY}-en-right": "y"}, button="Save the texts")
    assert "All texts are translated." in admin.page.text
    admin.open(f"/en{EDITOR}/versions/publish")
    page = admin.submit({}, button="Publish this version")

    assert "Version 2 is published" in page.text
    with app.app_context():
        assert words(kept(app), CITY)["ru"] == "Город или село"


def test_the_tab_counts_as_the_box_and_the_list_tells_every_language(app: Flask) -> None:
    admin = admin_of(app)
    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    admin.submit({f"{CITY}-ru": "", f"{CITY}-ar": "المدينة الآن"}, button="Save the texts")

    assert "Languages 1 text needs a translation" in admin.page.text
    assert "Cannot be published yet: 1 text needs a translation." in admin.page.text
    listed = admin.open("/en/admin/services").text
    assert "Russian: missing 1, out of date 0" in listed
    assert "English: missing 0, out of date 1" in listed


def test_what_is_wrong_is_said_beside_its_text_and_nothing_is_changed(app: Flask) -> None:
    admin = admin_of(app)

    admin.open(f"/ru{EDITOR}/languages?part=pages.stay_in_russia")
    page = admin.submit({f"{CITY}-en": "<b>City</b>"}, button="Сохранить тексты")

    assert page.status == 422
    assert page.link("HTML") == f"#{CITY}-en"
    with app.app_context():
        assert words(kept(app), CITY)["en"] != "<b>City</b>"


def test_the_last_words_of_the_main_language_cannot_be_taken(app: Flask) -> None:
    admin = admin_of(app)

    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    page = admin.submit({f"{CITY}-ar": ""}, button="Save the texts")

    assert page.status == 422
    assert page.errors == ["The text is missing in the language “Arabic”."]
    assert page.link("missing in the language") == f"#{CITY}-ar"


def test_a_draft_that_somebody_else_changed_is_not_overwritten(app: Flask) -> None:
    admin = admin_of(app)
    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    with app.app_context(), transaction():
        theirs = {("title", "en"): "Another title", (CITY, "ru"): "Городок"}
        changed = translation.with_texts(RENEWAL, theirs)
        services.save_draft(people.post(), definitions.parse(changed), actor=SYSTEM)

    page = admin.submit({f"{CITY}-en": "Town"}, button="Save the texts")

    assert page.status == 409
    assert "This draft was changed in another window or by somebody else." in page.errors[0]
    assert "Town" in [e.get("value") for e in page.root.iter("input")]
    with app.app_context():
        assert words(kept(app), CITY)["en"] != "Town"
    assert admin.submit(button="Save the texts").status == 200
    with app.app_context():
        assert (words(kept(app), CITY)["ru"], words(kept(app), CITY)["en"]) == ("Городок", "Town")


def test_saving_without_a_change_keeps_the_draft_and_what_is_stale(app: Flask) -> None:
    admin = admin_of(app)
    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    admin.submit({f"{CITY}-ar": "المدينة الآن"}, button="Save the texts")

    admin.open(f"/en{EDITOR}/languages?part=pages.stay_in_russia")
    page = admin.submit({}, button="Save the texts")

    assert "The original has changed" in page.text
    with app.app_context():
        assert kept(app).draft_revision == 2
