"""Whatever a shipped service asks for as the number of a person or of their paper is covered."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.catalogue.definition.elements import Definition, Field, FieldKind, Page
from app.catalogue.definition.identity import is_of_identity
from app.catalogue.example_files import list_services

TYPED = frozenset({FieldKind.SHORT_TEXT, FieldKind.LONG_TEXT, FieldKind.NUMBER})
"""The kinds into which a number can be typed without being known as one."""
SUSPECT = re.compile(
    r"number|passport|identity|\bid\b|national|رقم|جواز|هوية|وطني|номер|паспорт|удостоверен",
    re.IGNORECASE,
)
NAMES_NOBODY = {
    "about_case": "a request of the post",
    "children_count": "how many children there are",
    "copies": "how many copies are wanted",
    "document_count": "how many papers are brought",
    "group_size": "how many people come",
    "invoice_number": "an invoice",
    "plate": "a vehicle",
    "poa_number": "a power of attorney, found in the register of its notary",
    "property_number": "a piece of land",
    "registry": "the page of a family in the civil register, which the capital is asked for",
    "registry_place": "the page of a family in the civil register, which the capital is asked for",
    "vehicle": "a vehicle",
}
"""What looks like an identity number by its name, and why it is none."""


def fields_of(definition: Definition) -> Iterator[Field]:
    for field in definition.fields():
        yield from (field, *field.fields)


def words_of(field: Field) -> str:
    return " ".join([field.key.replace("_", " "), *field.label.values()])


def forgotten(definition: Definition) -> list[str]:
    """Return the questions that look like one for an identity number and are not covered."""
    return [
        f"{definition.code}: {field.key}"
        for field in fields_of(definition)
        if field.kind in TYPED
        and SUSPECT.search(words_of(field))
        and not is_of_identity(field)
        and field.key not in NAMES_NOBODY
    ]


@pytest.mark.proves("S14")
def test_no_shipped_service_asks_for_an_identity_number_that_nothing_covers() -> None:
    services = list_services()

    assert len(services) > 30
    assert [one for service in services for one in forgotten(service)] == []


def test_each_number_that_names_nobody_is_still_asked_for() -> None:
    asked = {field.key for service in list_services() for field in fields_of(service)}

    assert set(NAMES_NOBODY) - asked == set()


@pytest.mark.parametrize("label", ["Number of the passport", "رقم هوية الوكيل", "Номер паспорта"])
def test_a_number_that_was_forgotten_is_found(label: str) -> None:
    service = list_services()[0]
    field = Field(key="agent", kind=FieldKind.SHORT_TEXT, label={"en": label})
    page = Page(key="extra", title={"en": "Extra"}, fields=(field,))

    assert forgotten(replace(service, pages=(*service.pages, page))) == [f"{service.code}: agent"]
