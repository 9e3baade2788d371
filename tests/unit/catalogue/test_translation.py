"""Texts beside their translations: found by key, stale when their source has gone on."""

import copy
from typing import Any

import pytest

from app.catalogue import example_files, translation
from app.catalogue.definition import document as definition
from app.catalogue.definition.texts import placed_texts
from app.catalogue.translation import TextState

Document = dict[str, Any]
HINT = "pages.travel_document.fields.old_number.label"
LANGUAGES = ["ar", "ru", "en"]


def draft_of(service: Document) -> Document:
    return definition.dump(definition.parse(service))


def states(draft: Document, record: translation.Record) -> set[tuple[str, str, TextState]]:
    found = translation.work(draft, record, LANGUAGES)
    return {(one.text.place, one.language, one.state) for one in found}


def changed(draft: Document, **words: str) -> Document:
    return translation.with_texts(draft, {(HINT, code): said for code, said in words.items()})


@pytest.mark.parametrize("service", example_files.list_services(), ids=lambda one: one.code)
def test_every_text_of_a_service_has_a_place_of_its_own(service: definition.Definition) -> None:
    places = [one.place for one in placed_texts(definition.dump(service))]

    assert len(places) == len(set(places)) > 5


def test_places_name_keys_and_not_positions(service: Document) -> None:
    places = {one.place for one in placed_texts(draft_of(service))}

    assert {HINT, "papers.photo.reasons.unreadable.text", "fees.regular.legal_basis"} <= places


def test_another_order_changes_no_place_and_loses_no_state(service: Document) -> None:
    draft = draft_of(service)
    record = translation.updated({}, before=None, after=draft)
    stale = changed(draft, ar="رقم آخر")
    record = translation.updated(record, before=draft, after=stale)
    turned = copy.deepcopy(stale)
    turned["pages"].reverse()
    for page in turned["pages"]:
        page["fields"].reverse()

    kept = translation.updated(record, before=stale, after=turned)

    assert kept == record
    assert states(turned, kept) == {
        (HINT, "ru", TextState.STALE),
        (HINT, "en", TextState.STALE),
    }


def test_what_comes_in_without_a_record_is_current(service: Document) -> None:
    draft = draft_of(service)

    record = translation.updated({}, before=None, after=draft)

    assert states(draft, record) == set()
    assert record[HINT].keys() == {"ru", "en"}


def test_a_changed_source_makes_its_translations_stale(service: Document) -> None:
    draft = draft_of(service)
    after = changed(draft, ar="رقم الجواز القديم")

    # Also for a draft from before there were records.
    record = translation.updated({}, before=draft, after=after)

    assert states(after, record) == {(HINT, "ru", TextState.STALE), (HINT, "en", TextState.STALE)}


def test_a_changed_translation_is_current_again(service: Document) -> None:
    draft = draft_of(service)
    stale = changed(draft, ar="رقم الجواز القديم")
    record = translation.updated({}, before=draft, after=stale)
    mended = changed(stale, ru="Номер старого паспорта")

    record = translation.updated(record, before=stale, after=mended)

    assert states(mended, record) == {(HINT, "en", TextState.STALE)}


def test_source_and_translation_changed_at_once_are_current(service: Document) -> None:
    draft = draft_of(service)
    after = changed(draft, ar="رقم", ru="Номер")

    record = translation.updated({}, before=draft, after=after)

    assert states(after, record) == {(HINT, "en", TextState.STALE)}


def test_a_translation_may_be_found_still_right(service: Document) -> None:
    draft = draft_of(service)
    stale = changed(draft, ar="رقم الجواز القديم.")
    record = translation.updated({}, before=draft, after=stale)

    record = translation.updated(record, before=stale, after=stale, confirmed={(HINT, "en")})

    assert states(stale, record) == {(HINT, "ru", TextState.STALE)}


def test_a_source_that_returns_to_what_it_was_needs_no_work(service: Document) -> None:
    draft = draft_of(service)
    away = changed(draft, ar="شيء آخر")
    record = translation.updated({}, before=draft, after=away)

    record = translation.updated(record, before=away, after=draft)

    assert states(draft, record) == set()


def test_an_emptied_translation_is_missing(service: Document) -> None:
    draft = draft_of(service)
    after = changed(draft, ru="")

    record = translation.updated({}, before=draft, after=after)

    assert states(after, record) == {(HINT, "ru", TextState.MISSING)}


def test_another_main_language_makes_nothing_stale_that_was_not(service: Document) -> None:
    draft = draft_of(service)
    stale = changed(draft, ar="رقم الجواز القديم")
    record = translation.updated({}, before=draft, after=stale)
    turned = {**stale, "main_language": "ru"}

    record = translation.updated(record, before=stale, after=turned)

    assert states(turned, record) == {(HINT, "en", TextState.STALE)}


def test_what_needs_work_is_counted_by_language(service: Document) -> None:
    draft = changed(draft_of(service), ar="غيره", ru="")
    record = translation.updated({}, before=draft_of(service), after=draft)

    counted = translation.count(translation.work(draft, record, LANGUAGES))

    assert counted == {
        "ru": {TextState.MISSING: 1, TextState.STALE: 0},
        "en": {TextState.MISSING: 0, TextState.STALE: 1},
    }
