"""References, names, numbers and foreign words are isolated from the text around them."""

import pytest
from flask import Flask

from app.core.actor import Role
from app.core.db import transaction
from tests import markup
from tests.direction import unisolated
from tests.factories import cases as factory
from tests.factories import people
from tests.integration.desk.conftest import officer_at, taken
from tests.integration.web.test_access import rules_of
from tests.visitor import Visitor

LANGUAGES = ("ar", "ru", "en")
LEADS_AWAY = "help.leave"
"""No page of ours."""


def found_in(visitor: Visitor, paths: list[str]) -> dict[str, list[str]]:
    """Return what is not isolated on some pages, by their paths."""
    pages = {path: visitor.open(path) for path in paths}
    return {path: texts for path, page in pages.items() if (texts := unisolated(page.root)) != []}


def without_arguments(app: Flask, start: str, language: str) -> list[str]:
    """Return the addresses of the pages that stand for themselves."""
    with app.test_request_context():
        built = [
            rule.build({"lang": language})
            for rule in rules_of(app)
            if rule.arguments == {"lang"} and "GET" in (rule.methods or ())
            if rule.endpoint != LEADS_AWAY
        ]
    found = [address for one in built if one for address in one[1:]]
    return [
        one
        for one in found
        if one.startswith(f"/{language}{start}") and "/sign-in" not in one.removeprefix(start)
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_citizens_read_no_text_that_runs_the_wrong_way(app: Flask, language: str) -> None:
    visitor = people.citizen_visitor(app)
    with app.app_context(), transaction():
        reference = factory.asked(people.only_account(), factory.officer()).reference
    own = [f"/{language}/requests/{reference}{rest}" for rest in ("", "/mend", "/slip")]

    pages = without_arguments(app, "/", language)

    assert found_in(visitor, [*pages, *own, f"/{language}/services/PASS_RENEW"]) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_staff_read_no_text_that_runs_the_wrong_way(app: Flask, language: str) -> None:
    officer = officer_at(app, *Role)
    reference = taken(app, officer)

    pages = without_arguments(app, "/desk", language) + without_arguments(app, "/admin", language)

    assert found_in(officer.visitor, [*pages, f"/{language}/desk/cases/{reference}"]) == {}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ('<html dir="rtl"><p>الطلب JM-23 قُبل', ["الطلب JM-23 قُبل"]),
        ('<html dir="rtl"><p>الطلب <bdi>JM-23</bdi> قُبل', []),
        ('<html dir="rtl"><p>الطلب <b dir="ltr">JM-23</b> قُبل', []),
        ('<html dir="rtl"><p>الطلب \u2066JM-23\u2069 قُبل', []),
        ('<html dir="ltr"><p>Заявление ليان', ["Заявление ليان"]),
        ('<html dir="ltr"><p>Заявление <span lang="ar">ليان</span>', ["ليان"]),
    ],
)
def test_what_is_not_isolated_would_be_found(body: str, found: list[str]) -> None:
    assert unisolated(markup.parse(body)) == found
