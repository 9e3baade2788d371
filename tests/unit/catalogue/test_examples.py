"""The example services and post: complete in three languages and possible today."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.catalogue import example_files, fees, translation
from app.catalogue.definition import document as definition
from app.catalogue.definition import patterns
from app.catalogue.definition.document import Definition
from app.catalogue.definition.elements import (
    Category,
    FieldKind,
    PaperFormat,
    Sector,
    StepKind,
)
from app.core import reference

SERVICES = example_files.list_services()
POST = example_files.get_post("moscow")
LANGUAGES = ("ar", "ru", "en")
TODAY = date(2026, 11, 23)

every_service = pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.code)


@every_service
def test_every_text_is_there_in_three_languages(service: Definition) -> None:
    assert translation.work(definition.dump(service), {}, LANGUAGES) == []


@every_service
def test_an_enabled_service_has_an_engine_for_every_step(service: Definition) -> None:
    assert not service.enabled or service.missing_engines() == ()


@every_service
def test_every_path_begins_with_a_review_and_ends_with_the_hand_over(service: Definition) -> None:
    kinds = [step.kind for step in service.path]

    last = StepKind.REVIEW if service.window else StepKind.HAND_OVER  # a call has nothing to hand
    assert (kinds[0], kinds[-1]) == (StepKind.REVIEW, last)


def test_the_calls_cover_every_sector_with_a_window_and_places() -> None:
    windows = [service.window for service in SERVICES if service.window]

    assert {window.sector for window in windows} == set(Sector)
    assert all(window.places for window in windows)


@every_service
def test_every_figure_is_marked_as_an_example_with_its_source(service: Definition) -> None:
    assert service.example and service.sources and service.note
    for fee in service.fees:
        basis = fee.legal_basis["en"]
        assert "an example, to be verified" in basis or "illustrative figure" in basis
    others = [one.legal_basis["en"] for one in service.add_ons]
    others += [one.legal_basis["en"] for one in service.waivers]
    assert all("an example, to be verified" in basis for basis in others)


@every_service
def test_what_is_due_today_is_known(service: Definition) -> None:
    offered = fees.variants_on(service.fees, TODAY) or (None,)

    for variant in offered:
        for category in service.applicants:
            due = fees.due(service.fees, TODAY, variant=variant, category=category)
            assert due.is_covered


@every_service
def test_every_form_ends_with_a_declaration(service: Definition) -> None:
    assert service.pages[-1].fields[-1].kind is FieldKind.DECLARATION


@every_service
def test_a_photograph_of_every_paper_is_enough(service: Definition) -> None:
    for paper in service.papers:
        assert {PaperFormat.JPEG, PaperFormat.PNG} <= set(paper.formats)
        assert PaperFormat.PDF in paper.formats or paper.key == "photo"


@every_service
def test_a_paper_that_may_stand_for_a_dated_one_has_no_date_itself(service: Definition) -> None:
    dated = {paper.key for paper in service.papers if paper.freshness_days}

    assert dated.isdisjoint({"id_card", "family_booklet", "identity"})


@every_service
def test_every_visit_finds_its_counter_at_every_site(service: Definition) -> None:
    if service.appointment:
        sites = {pool["site"] for pool in POST["pools"] if pool["code"] == service.appointment.pool}
        assert sites == {site["code"] for site in POST["sites"]}


def test_there_are_thirty_services_of_every_life_event() -> None:
    assert len(SERVICES) >= 30
    assert {service.category for service in SERVICES if service.enabled} == set(Category)
    assert len({service.position for service in SERVICES}) == len(SERVICES)


def test_conscription_is_disabled() -> None:
    conscription = [service for service in SERVICES if service.code.startswith("MIL_")]

    assert conscription
    assert not any(service.enabled for service in conscription)


def test_a_passport_costs_what_the_decision_of_2025_says() -> None:
    renewal = next(service for service in SERVICES if service.code == "PASS_RENEW")
    due = {
        variant: dict(fees.due(renewal.fees, TODAY, variant=variant, category="citizen").total)
        for variant in fees.variants_on(renewal.fees, TODAY)
    }

    assert due == {"regular": {"USD": 20000}, "urgent": {"USD": 40000}}
    assert renewal.target_days == 14


@pytest.mark.parametrize(
    ("number", "usual"), [("N012345678", True), ("012345678", True), ("n0123", False)]
)
def test_the_form_of_a_passport_number_is_a_warning_only(number: str, usual: bool) -> None:
    renewal = next(service for service in SERVICES if service.code == "PASS_RENEW")
    field = renewal.pages[0].fields[0]

    assert field.warn and field.pattern
    assert patterns.matches(field.pattern.expression, number) is usual


def test_the_post_can_make_references_and_knows_its_zone() -> None:
    assert str(reference.make(POST["prefix"])).startswith("JM-")
    assert ZoneInfo(POST["zone"])
    assert set(POST["languages"]) <= set(POST["languages_offered"]) == set(LANGUAGES)


def test_the_hours_of_the_post_lie_on_its_working_days() -> None:
    pools = {(pool["site"], pool["code"]) for pool in POST["pools"]}

    for hours in POST["hours"]:
        assert (hours["site"], hours["pool"]) in pools
        assert hours["weekday"] in POST["week"]
        assert hours["opens_at"] < hours["closes_at"]


def test_closures_are_days_in_order_with_a_title_in_three_languages() -> None:
    firsts = [date.fromisoformat(closure["from"]) for closure in POST["closures"]]

    assert firsts == sorted(firsts)
    for first, closure in zip(firsts, POST["closures"], strict=True):
        assert first <= date.fromisoformat(closure["to"])
        assert closure["scope"] in {"all", "paid"}
        assert all(closure["title"][language] for language in LANGUAGES)


@pytest.mark.parametrize(
    ("day", "closed"),
    [("2026-12-08", True), ("2027-01-05", True), ("2026-03-18", True), ("2026-11-24", False)],
)
def test_the_holidays_of_both_countries_close_the_post(day: str, closed: bool) -> None:
    whole = [one for one in POST["closures"] if one["scope"] == "all"]

    assert any(one["from"] <= day <= one["to"] for one in whole) is closed


@pytest.mark.parametrize(
    "file",
    sorted(Path(example_files.__file__).parent.joinpath("examples/services").glob("*.json")),
    ids=lambda one: one.name,
)
def test_a_file_is_what_an_admin_would_export(file: Path) -> None:
    read = definition.read_json(file.read_bytes())

    assert file.read_bytes() == definition.write_json(read)
    assert file.stem == read.code.lower()
