"""Versions for admins: listed, compared, published as seen, withdrawn, restored."""

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from app.audit.models import AuditEntry
from app.cases import queries as case_queries
from app.cases import services as cases
from app.catalogue import queries, services
from app.catalogue.definition import document as definitions
from app.catalogue.definition import elements
from app.catalogue.definition.elements import StepKind
from app.catalogue.drafting import texts
from app.catalogue.example_files import FOLDER
from app.catalogue.models import Service, ServiceVersion, VersionState
from app.catalogue.services import Seen
from app.core.actor import SYSTEM, Role
from app.core.db import constraint_of, db, transaction
from app.core.errors import Conflict, NotFound
from tests.factories import cases as factory
from tests.factories import people
from tests.visitor import Visitor

RENEWAL = json.loads((FOLDER / "services" / "pass_renew.json").read_text(encoding="utf-8"))
ADMIN = "/en/admin/services/PASS_RENEW"


def service() -> Service:
    return queries.get_service(people.post().id, "PASS_RENEW")


def save(**typed: str) -> None:
    """Save a draft with other figures; call inside a transaction."""
    draft = texts.with_figures(RENEWAL, typed)
    services.save_draft(people.post(), definitions.parse(draft), actor=SYSTEM)


def publish_two(app: Flask) -> None:
    """Publish the renewal for 200 dollars, then for 250."""
    for amount in ("200", "250"):
        with app.app_context(), transaction():
            save(**{"fees.0.amount": amount})
            services.publish(service(), actor=SYSTEM)


@pytest.fixture
def admin(app: Flask) -> Visitor:
    """Be an admin before a service with two versions."""
    publish_two(app)
    return people.staff_visitor(app, Role.ADMIN)


def stored(app: Flask) -> list[tuple[Any, ...]]:
    """Return every version as it is stored."""
    with app.app_context():
        columns = ServiceVersion.number, ServiceVersion.state, ServiceVersion.content_hash
        rows = db.session.execute(select(*columns).order_by(ServiceVersion.number))
        return [tuple(row) for row in rows]


def audited(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_the_list_tells_who_published_and_how_many_requests_keep_a_version(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context(), transaction():
        factory.submitted(people.account())
        factory.draft(people.account())

    page = admin.open(f"{ADMIN}/versions")

    rows = [row for row in page.root.iter("tr")][1:]
    assert [row[0].text for row in rows] == ["2", "1"]
    assert "Published" in "".join(rows[0].itertext())
    assert ["".join(rows[0][n].itertext())[-1] for n in (3, 4)] == ["1", "1"]
    assert stored(app)[1][2][:10] in page.text


@pytest.mark.parametrize(("language", "was", "now"), [("en", "200", "250"), ("ar", "200", "250")])
def test_two_versions_are_compared_in_the_readers_language(
    admin: Visitor, language: str, was: str, now: str
) -> None:
    page = admin.open(f"/{language}/admin/services/PASS_RENEW/versions/compare?before=1&after=2")

    assert page.status == 200
    assert was in "".join(page.by_class("s-diff__was")[0].itertext())
    assert now in "".join(page.by_class("s-diff__now")[0].itertext())
    assert len(page.by_class("s-diff")) == 1


@pytest.mark.parametrize("language", ["ar", "ru", "en"])
def test_versions_that_have_little_in_common_are_compared(
    app: Flask, admin: Visitor, language: str
) -> None:
    other = json.loads((FOLDER / "services" / "pass_lost.json").read_text(encoding="utf-8"))
    with app.app_context(), transaction():
        services.save_draft(
            people.post(), definitions.parse({**other, "code": "PASS_RENEW"}), actor=SYSTEM
        )

    page = admin.open(
        f"/{language}/admin/services/PASS_RENEW/versions/compare?before=1&after=draft"
    )

    assert page.status == 200
    assert len(page.by_class("s-diffs")) == 6


@pytest.mark.parametrize("sides", ["before=9&after=1", "before=x&after=1", "before=&after=1"])
def test_a_version_that_is_not_there_cannot_be_compared(admin: Visitor, sides: str) -> None:
    assert admin.open(f"{ADMIN}/versions/compare?{sides}").status == 404


def test_publishing_shows_what_changes_before_it_is_done(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})

    page = admin.open(f"{ADMIN}/versions/publish")
    assert "300" in page.text
    assert [row[0] for row in stored(app)] == [1, 2]
    admin.submit(button="Publish this version")

    assert [row[:2] for row in stored(app)] == [
        (1, VersionState.RETIRED), (2, VersionState.RETIRED), (3, VersionState.PUBLISHED),
    ]  # fmt: skip
    assert audited(app)[-1] == "service.published"


def test_a_draft_that_was_changed_after_the_page_is_not_published(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
    admin.open(f"{ADMIN}/versions/publish")
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "999"})

    page = admin.submit(button="Publish this version")

    assert page.status == 409
    assert "This draft was changed in another window or by somebody else." in page.errors[0]
    assert "999" in page.text
    assert len(stored(app)) == 2
    assert admin.submit(button="Publish this version").status == 200


def test_a_service_that_was_withdrawn_meanwhile_is_not_offered_again_by_accident(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
    admin.open(f"{ADMIN}/versions/publish")
    with app.app_context(), transaction():
        services.withdraw(service(), actor=SYSTEM)

    assert admin.submit(button="Publish this version").status == 409
    assert VersionState.PUBLISHED not in [row[1] for row in stored(app)]


def test_publishing_twice_with_one_form_is_one_version(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
    admin.open(f"{ADMIN}/versions/publish")
    shown = admin.page
    for _press in range(2):
        admin.page = shown
        assert admin.submit(button="Publish this version").status == 200

    assert len(stored(app)) == 3


def test_a_draft_without_a_language_says_so_before_it_can_be_published(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context(), transaction():
        draft = texts.with_texts(RENEWAL, {"title-ru": ""}, {"ru": ""})
        services.save_draft(people.post(), definitions.parse(draft), actor=SYSTEM)

    page = admin.open(f"{ADMIN}/versions/publish")

    assert "Cannot be published yet: 1 text needs a translation." in page.text
    assert page.link("(Russian)").endswith("#title-ru")
    assert not [button for button in page.root.iter("button") if "Publish" in str(button.text)]


def test_all_that_keeps_a_draft_from_being_published_is_named_at_once(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    present = elements.ENGINES_PRESENT - {StepKind.PRODUCTION, StepKind.HAND_OVER}
    monkeypatch.setattr(elements, "ENGINES_PRESENT", present)
    with app.app_context(), transaction():
        draft = texts.with_texts(RENEWAL, {"title-ru": ""}, {"ru": ""})
        services.save_draft(people.post(), definitions.parse(draft), actor=SYSTEM)

    page = admin.open(f"{ADMIN}/versions/publish")

    assert "1 text needs a translation" in page.text
    assert "Cannot be published yet: 2 steps cannot be carried out." in page.text
    at = next(n for n, step in enumerate(RENEWAL["path"]) if step["kind"] == "production")
    assert page.link("Production of the document").endswith(f"/path#at-path-{at}")
    assert not [button for button in page.root.iter("button") if "Publish" in str(button.text)]


def test_a_service_that_is_not_offered_says_so_before_and_after_publishing(
    app: Flask, admin: Visitor
) -> None:
    with app.app_context(), transaction():
        off = definitions.parse({**RENEWAL, "enabled": False})
        services.save_draft(people.post(), off, actor=SYSTEM)
    assert "Published, not offered" not in admin.open("/en/admin/services").text

    page = admin.open(f"{ADMIN}/versions/publish")
    assert "does not offer the service to citizens" in page.text
    assert page.link("Go to the box").endswith("/offer#enabled")
    page = admin.submit(button="Publish this version")

    assert "published, but citizens are not offered it" in page.text
    for where in ("", "/PASS_RENEW", "/PASS_RENEW/versions"):
        assert "Published, not offered" in admin.open(f"/en/admin/services{where}").text


def test_a_withdrawn_service_says_kindly_that_it_is_not_offered(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        sent = factory.submitted(people.account()).reference
    admin.open(f"{ADMIN}/versions/withdraw")
    admin.submit(button="Withdraw the service")

    reader = Visitor(app.test_client())
    page = reader.open("/en/services/PASS_RENEW")
    assert (page.status, page.heading) == (404, "Passport renewal")
    assert "not offered at present" in page.text
    assert "No service fits" in reader.open("/en/services").text
    assert audited(app)[-1] == "service.withdrawn"
    with app.app_context(), transaction():
        case = case_queries.get_case(sent, SYSTEM)
        cases.take(sent, actor=factory.officer(), seen=case.version, key="k")


def test_nobody_begins_a_request_for_a_withdrawn_service(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        services.withdraw(service(), actor=SYSTEM)
    with app.app_context(), pytest.raises(NotFound), transaction():
        factory.draft(people.account())

    citizen = people.citizen_visitor(app)
    page = citizen.open("/en/requests/new/PASS_RENEW")

    assert page.status == 404
    assert "not offered at present" in page.text


def test_withdrawing_what_another_admin_has_just_published_is_refused(
    app: Flask, admin: Visitor
) -> None:
    admin.open(f"{ADMIN}/versions/withdraw")
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
        services.publish(service(), actor=SYSTEM)

    page = admin.submit(button="Withdraw the service")

    assert page.status == 409
    assert stored(app)[-1][1] is VersionState.PUBLISHED


def test_an_old_version_becomes_the_draft_and_nothing_published_changes(
    app: Flask, admin: Visitor
) -> None:
    before = stored(app)

    page = admin.open(f"{ADMIN}/versions/1/restore")
    assert "250" in page.text
    admin.submit(button="Make it the draft")

    assert stored(app) == before
    with app.app_context():
        assert service().draft["fees"][0]["amount"] == 20000
    assert audited(app)[-1] == "service.restored"


def test_a_draft_that_went_on_is_not_replaced_by_an_old_version(app: Flask, admin: Visitor) -> None:
    admin.open(f"{ADMIN}/versions/1/restore")
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})

    assert admin.submit(button="Make it the draft").status == 409
    with app.app_context():
        assert service().draft["fees"][0]["amount"] == 30000


def test_a_draft_that_is_not_published_switches_nothing_off(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        off = definitions.parse({**RENEWAL, "enabled": False})
        services.save_draft(people.post(), off, actor=SYSTEM)

    with app.app_context():
        assert [one.code for one in queries.list_published(queries.get_current_post())]
    with app.app_context(), transaction():
        services.publish(service(), actor=SYSTEM)
    with app.app_context():
        assert queries.list_published(queries.get_current_post()) == []


@pytest.mark.parametrize(
    "change", ["content = '{}'", "content_hash = 'x'", "number = 7", "service_id = service_id + 1"]
)
def test_what_was_published_cannot_be_changed(app: Flask, admin: Visitor, change: str) -> None:
    with app.app_context(), pytest.raises(IntegrityError) as refused, transaction():
        db.session.execute(text(f"UPDATE service_version SET {change} WHERE number = 1"))  # noqa: S608

    assert constraint_of(refused.value) == "tg_service_version_immutable"


def test_nothing_is_published_over_what_was_not_seen(app: Flask, admin: Visitor) -> None:
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
        seen = Seen(draft=service().draft_revision, published=1)
    with app.app_context(), pytest.raises(Conflict), transaction():
        services.publish(service(), actor=SYSTEM, seen=seen)


def test_the_second_of_two_admins_is_told_and_keeps_what_they_typed(
    app: Flask, admin: Visitor
) -> None:
    second = people.staff_visitor(app, Role.ADMIN)
    admin.open(ADMIN)
    second.open(ADMIN)
    first = {"title-en": "First", "title-ru": "Первый", "fees.0.amount": "77"}
    admin.submit(first, button="Save the draft")

    mine = {"summary-en": "Second", "title-ru": "Второй"}
    page = second.submit(mine, button="Save the draft")

    assert page.status == 409
    assert "This draft was changed in another window or by somebody else." in page.errors[0]
    assert value_of(page, "summary-en") == "Second"
    assert (value_of(page, "title-en"), value_of(page, "title-ru")) == ("First", "Второй")
    assert page.link("Changed in the other window too, to “Первый”") == "#title-ru"
    assert value_of(page, "fees.0.amount") == "77"
    with app.app_context():
        assert service().draft["title"]["en"] == "First"
    assert second.submit(button="Save the draft").status == 200
    with app.app_context():
        assert service().draft["summary"]["en"] == "Second"
        assert service().draft["fees"][0]["amount"] == 7700
        assert service().draft["title"] == {**RENEWAL["title"], "en": "First", "ru": "Второй"}


def test_days_of_a_fee_are_typed_in_three_boxes(app: Flask, admin: Visitor) -> None:
    admin.open(ADMIN)
    sent = {"fees.0.valid_to": ["٣١", "كانون الأول", "2030"]}
    assert admin.submit(sent, button="Save the draft").status == 200
    with app.app_context():
        assert service().draft["fees"][0]["valid_to"] == "2030-12-31"

    page = admin.submit({"fees.0.valid_to": ["31", "2", "2030"]}, button="Save the draft")

    assert (page.status, value_of(page, "fees.0.valid_to")) == (422, "31")


def test_what_was_typed_is_never_put_into_another_paper(app: Flask, admin: Visitor) -> None:
    admin.open(ADMIN)
    with app.app_context(), transaction():
        shifted = {**RENEWAL, "papers": RENEWAL["papers"][1:]}
        services.save_draft(people.post(), definitions.parse(shifted), actor=SYSTEM)

    page = admin.submit({"papers.0.title-en": "A new photo"}, button="Save the draft")

    assert page.status == 409
    assert value_of(page, "papers.0.title-en") == RENEWAL["papers"][1]["title"]["en"]
    assert "A new photo" in page.text


def test_a_mistake_does_not_make_an_admin_overwrite_what_others_did(
    app: Flask, admin: Visitor
) -> None:
    admin.open(ADMIN)
    with app.app_context(), transaction():
        save(**{"fees.0.amount": "300"})
    assert admin.submit({"target_days": "soon"}, button="Save the draft").status == 422

    assert admin.submit({"target_days": "9"}, button="Save the draft").status == 409


def value_of(page: Any, name: str) -> str:
    """Return what stands in an input of a page."""
    found = next(e for e in page.root.iter() if e.get("name") == name)
    return str(found.get("value") if found.tag == "input" else found.text).strip()
