"""An admin writes a text of a message: sees it in every language, tries it, goes back."""

from collections.abc import Callable

import pytest

from tests.browser.reader import Reader
from tests.browser.steps import staff

pytestmark = pytest.mark.grid

EVENT = "booking_reminder"
WORDS = {"ar": "نذكّركم بموعدكم", "ru": "Напоминаем о Вашем визите"}


def body(reader: Reader, language: str, text: str) -> None:
    reader.page.locator(f"#body-{language}").fill(text)


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_a_text_is_written_seen_tried_and_taken_back(
    new_reader: Callable[..., Reader], language: str, script: bool
) -> None:
    reader = new_reader(language, width="desk", script=script)
    staff.sign_in(reader, "admin")
    reader.open("/admin/texts")
    reader.looks_at_both_widths("texts")
    reader.open(f"/admin/texts/{EVENT}/short")

    body(reader, language, "((reference)) ((passport))")
    reader.press("Save", context="action")
    reader.reads(
        "%(name)s is never sent: messages name no people, no numbers of papers and no "
        "titles. The link leads to them, after signing in.",
        name="\u2066((passport))\u2069",
    )
    reader.looks_at_both_widths("texts-refused")

    text = f"((reference)): {WORDS[language]}، ((when))"
    body(reader, language, text)
    reader.press("Preview", context="action")
    reader.reads_text(WORDS[language])
    reader.press("Send a test to me")
    # The staff of the demonstration have names to sign in with, and no addresses.
    reader.page.locator(".govuk-error-summary").wait_for()
    body(reader, language, text)
    reader.press("Save", context="action")
    reader.reads("The text is saved. It holds for what is written from now on.")
    reader.looks_at_both_widths("texts-short")
    reader.press("Back to the shipped text")
    reader.reads("The shipped text is sent again.")
    reader.open(f"/admin/texts/{EVENT}/mail")
    reader.looks_at_both_widths("texts-mail")
