"""Drafts, versions and what a running case may rely on."""

import json
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.catalogue import example_files, example_loader, queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.drafting import texts as drafting
from app.catalogue.models import VersionState
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import constraint_of, db, transaction
from app.core.errors import Conflict
from tests.factories import cases, people
from tests.visitor import Visitor

FOLDER = example_files.FOLDER / "services"
RENEWAL = json.loads((FOLDER / "pass_renew.json").read_text(encoding="utf-8"))


def publish_renewal() -> None:
    """Publish the renewal of passports; call inside a transaction."""
    service = services.save_draft(people.post(), definitions.parse(RENEWAL), actor=SYSTEM)
    services.publish(service, actor=SYSTEM)


def test_seeding_twice_changes_nothing(app: Flask) -> None:
    for _time in range(2):
        with app.app_context(), transaction():
            example_loader.load(SYSTEM)

    with app.app_context():
        post = queries.get_current_post()
        assert len(queries.list_published(post)) >= 30
        assert len(queries.list_sites(post.id)) == 2
        numbers = {row.number for row in queries.list_overview(post.id)}
        assert numbers <= {1, None}


def name_of_post(app: Flask) -> str:
    """Return what a page says that looks up nothing else of the post."""
    with app.test_request_context("/en/"):
        return queries.current_post_name().name


def test_a_new_name_of_the_post_is_seen_within_seconds(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "WORDS_KEPT", timedelta(seconds=10))
    app.extensions.pop("post_words", None)
    with app.app_context(), transaction():
        people.post()
    old = name_of_post(app)
    with app.app_context(), transaction():
        people.post().name = {"en": "Embassy in Samara"}

    assert name_of_post(app) == old != ""
    with clock.pretend(clock.now() + queries.WORDS_KEPT):
        assert name_of_post(app) == "Embassy in Samara"


def test_a_new_version_leaves_the_old_one_as_it_was(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    with app.app_context(), transaction():
        post = queries.get_current_post()
        old, before = queries.get_published(post, "PASS_RENEW")
        old_id, old_hash = old.id, old.content_hash
        draft = drafting.with_figures(RENEWAL, {"fees.0.amount": "250"})
        service = services.save_draft(post, definitions.parse(draft), actor=SYSTEM)
        services.publish(service, actor=SYSTEM)

    with app.app_context():
        post = queries.get_current_post()
        version, now = queries.get_published(post, "PASS_RENEW")
        kept = db.session.get(type(version), old_id)
        assert now.fees[0].amount == 25000
        assert kept is not None
        assert (kept.state, kept.content_hash) == (VersionState.RETIRED, old_hash)
        assert queries.definition_of(kept).fees[0].amount == before.fees[0].amount == 20000


def test_nobody_changes_a_published_version(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    with app.app_context(), pytest.raises(IntegrityError) as refused, transaction():
        db.session.execute(text("UPDATE service_version SET content_hash = 'x'"))

    assert constraint_of(refused.value) == "tg_service_version_immutable"


def test_a_missing_language_is_not_published(app: Flask) -> None:
    draft = drafting.with_texts(RENEWAL, {"title-ru": ""}, {"ru": ""})
    with app.app_context(), pytest.raises(services.Untranslated) as refused, transaction():
        service = services.save_draft(people.post(), definitions.parse(draft), actor=SYSTEM)
        services.publish(service, actor=SYSTEM)

    assert refused.value.field == "title"


def test_publishing_the_same_again_is_a_conflict(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.publish(queries.get_service(people.post().id, "PASS_RENEW"), actor=SYSTEM)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("تجديد جواز", "PASS_RENEW"),
        ("تجدید الجَواز", "PASS_RENEW"),
        ("паспорта замена", "PASS_RENEW"),
        ("renewal", "PASS_RENEW"),
        ("باسبور", "PASS_RENEW"),
        ("جوازي منتهي", "PASS_RENEW"),
        ("جواز الطفل", "PASS_RENEW"),
    ],
)
def test_search_finds_a_service_however_it_is_spelt(app: Flask, words: str, first: str) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    with app.app_context():
        found = queries.find_services(queries.get_current_post(), words)
        assert [service.code for service in found] == [first]
        assert queries.find_services(queries.get_current_post(), "zzz") == []


def test_an_admin_changes_the_fee_and_a_text_in_three_languages(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    admin = people.staff_visitor(app, Role.ADMIN)

    admin.open("/ar/admin/services/PASS_RENEW")
    page = admin.submit(
        {
            "fees.0.amount": "٢٥٠",
            "title-ar": "تجديد الجواز",
            "title-ru": "Замена",
            "title-en": "Renew",
        },
        button="حفظ المسودة",
    )
    assert page.status == 200
    admin.follow("نشر المسودة")
    page = admin.submit(button="نشر هذه النسخة")
    assert page.status == 200

    reader = Visitor(app.test_client())
    assert "250" in reader.open("/ru/services/PASS_RENEW").text
    assert reader.open("/ar/services/PASS_RENEW").heading == "تجديد الجواز"


def test_an_admin_says_how_long_the_urgent_way_takes(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    admin = people.staff_visitor(app, Role.ADMIN)
    admin.open("/ar/admin/services/PASS_RENEW")

    for typed, kept in (("٢", 2), ("", None)):
        assert admin.submit({"fees.1.target_days": typed}, button="حفظ المسودة").status == 200
        with app.app_context():
            draft = queries.get_service(queries.get_current_post().id, "PASS_RENEW").draft
            assert draft["fees"][1].get("target_days") == kept


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("pass_renew", "twice: for fingerprints and signature"),
        ("poa_gen", "twice: at the appointed time"),
        ("extract_ind", "once, to collect the document"),
        ("call_culture", "not at all"),
    ],
)
def test_how_often_one_comes_follows_from_the_path(app: Flask, code: str, words: str) -> None:
    with app.app_context(), transaction():
        cases.publish(cases.definition(code))

    page = Visitor(app.test_client()).open(f"/en/services/{code.upper()}")

    assert words in page.text
    assert "come once" not in page.text


def test_a_service_says_what_each_way_takes_and_what_to_bring(app: Flask) -> None:
    with app.app_context(), transaction():
        cases.publish()

    text = Visitor(app.test_client()).open("/en/services/PASS_RENEW").text

    assert "14 working days" in text and "3 working days" in text
    brought = text[text.index("Bring along") :]
    assert "Three printed photos" in brought
    assert "Proof of guardianship (for those under 18)" in brought
    assert "The fee, which is paid at the counter: 200 US dollars" in brought


def test_a_service_says_what_some_pay_besides_and_when(app: Flask) -> None:
    with app.app_context(), transaction():
        cases.publish()

    text = Visitor(app.test_client()).open("/en/services/PASS_RENEW").text

    fees = text[text.index("Consular fee") : text.index("How it goes")]
    assert "Consular registration, for who is not registered yet" in fees
    assert "is “No”" in fees and "plus 50 US dollars" in fees
    assert "by decision of an officer" in fees and "minus 100 percent" in fees


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_conditions_of_papers_are_said_on_page_and_list(app: Flask, language: str) -> None:
    words = {"ar": "لمن هم دون 18", "ru": "для лиц младше 18", "en": "for those under 18"}
    with app.app_context(), transaction():
        cases.publish()

    for path in ("", "/print"):
        text = Visitor(app.test_client()).open(f"/{language}/services/PASS_RENEW{path}").text
        assert words[language] in text
        assert "bdi" not in text


def test_who_looks_for_an_appointment_is_told_where_it_is_booked(app: Flask) -> None:
    with app.app_context(), transaction():
        cases.publish()

    text = Visitor(app.test_client()).open("/ar/services?q=موعد").text

    assert "يُحجز الموعد من داخل الطلب" in text


def test_an_impossible_fee_is_said_beside_it_and_nothing_is_lost(app: Flask) -> None:
    with app.app_context(), transaction():
        publish_renewal()
    admin = people.staff_visitor(app, Role.ADMIN)

    admin.open("/ru/admin/services/PASS_RENEW")
    page = admin.submit(
        {"fees.0.amount": "двести", "title-ru": "Новое имя"}, button="Сохранить черновик"
    )

    assert page.status == 422
    assert len(page.errors) == 1
    with app.app_context():
        draft = queries.get_service(queries.get_current_post().id, "PASS_RENEW").draft
        assert draft["fees"][0]["amount"] == 20000
