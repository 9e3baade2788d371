"""Notices: known placeholders are replaced once, everything else stays a text."""

import pytest
from flask import Flask
from markupsafe import Markup

from app.catalogue import notices
from app.core import i18n

VALUES = {"reference": "JM-7K4P-92QX-H", "days": "14"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Number {reference}, {days} days", "Number JM-7K4P-92QX-H, 14 days"),
        ("{days}{days}", "1414"),
        ("{name} and {days.real}", "{name} and {days.real}"),
        ("{reference!r} {0} {{days}}", "{reference!r} {0} {14}"),
        ("{{ days }} {% if 1 %} %(days)s $days", "{{ days }} {% if 1 %} %(days)s $days"),
    ],
)
def test_only_what_is_allowed_is_substituted(text: str, expected: str) -> None:
    assert notices.in_plain({"en": text}, VALUES) == expected


def test_a_value_is_not_searched_for_placeholders() -> None:
    assert notices.in_plain({"en": "{days}"}, {"days": "{reference}"}) == "{reference}"


def test_html_of_text_and_value_is_escaped() -> None:
    with Flask("notices").app_context(), i18n.speaking("en"):
        found = notices.in_html({"en": "<b>{reference}</b> {days}"}, {**VALUES, "reference": "<i>"})
        kept = notices.in_html({"en": "{reference}"}, {"reference": Markup("<bdi>JM</bdi>")})

    assert found == "&lt;b&gt;&lt;i&gt;&lt;/b&gt; 14"
    assert kept == "<bdi>JM</bdi>"


def test_a_text_that_fell_back_is_marked_with_its_language() -> None:
    with Flask("notices").app_context(), i18n.speaking("en"):
        found = notices.in_html({"ar": "رقم {reference}"}, VALUES)

    assert found == '<span lang="ar" dir="rtl">رقم JM-7K4P-92QX-H</span>'
