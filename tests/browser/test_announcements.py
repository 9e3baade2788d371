"""A group is told: written, counted, approved by a second person, shown by a browser, stopped."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import SLOW_S, Reader
from tests.browser.steps import account, push, staff
from tests.factories.browsers import Browser

pytestmark = pytest.mark.grid

SERVICE = "RESID"
"""Layan has an open request for it, in the example."""
TITLE = {
    "ar": "البعثة مغلقة يوم الاثنين",
    "ru": "В понедельник приёма нет",
    "en": "The post is closed on Monday",
}
TEXT = {
    "ar": "تُستأنف المواعيد يوم الثلاثاء.",
    "ru": "Приём возобновится во вторник.",
    "en": "Visits go on on Tuesday.",
}


def write(reader: Reader) -> str:
    """Write an announcement to who has an open request; return the address of its page."""
    reader.open("/admin/announcements")
    reader.press("Write an announcement")
    reader.looks_at_both_widths("announcement-new")
    reader.page.locator("input[name=audience][value=open_requests]").check()
    reader.press("Save and look at it")
    reader.page.locator(".govuk-error-summary").wait_for()
    expect(reader.page.locator("input[name=audience][value=open_requests]")).to_be_checked()
    reader.looks_at_both_widths("announcement-refused")
    reader.page.locator("select[name=service]").select_option(SERVICE)
    for language in TITLE:
        reader.page.locator(f"#title-{language}").fill(TITLE[language])
        reader.page.locator(f"#text-{language}").fill(TEXT[language])
    reader.press("Save and look at it")
    reader.reads_text(*TITLE.values(), *TEXT.values())
    reader.reads("Accounts that it reaches")
    return reader.path


def turn_on(citizen: Reader, name: str) -> Browser:
    """Turn messages on in a browser, which refuses them first."""
    citizen.open("/account/messages")
    citizen.press("Show messages in this browser")
    citizen.reads(
        "This browser was not allowed to show messages. You can allow it in its settings for this "
        "site."
    )
    browser = push.subscribe(citizen, name)
    citizen.looks_at_both_widths("push-on")
    return browser


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_a_group_is_told_when_a_second_person_approves(
    new_reader: Callable[..., Reader], language: str
) -> None:
    citizen = new_reader(language)
    account.sign_in(citizen, "layan@example.org")
    citizen.open("/account")
    citizen.page.locator(f"input[name=language][value={language}]").check()
    citizen.press("Save the language")
    browser = turn_on(citizen, f"phone-{language}")

    head, admin = (new_reader(language, width="desk") for _ in range(2))
    staff.sign_in(head, "yusuf")
    path = write(head)
    head.looks_at_both_widths("announcement-draft")
    head.press("Ask a colleague to approve it")
    head.reads("You wrote it, so somebody else approves it: another head or admin of the post.")
    head.looks_at_both_widths("announcement-proposed")
    staff.sign_in(admin, "admin")
    admin.open(path)
    admin.looks_at_both_widths("announcement-to-approve")
    admin.press("Approve and send")
    expect(admin.page.locator("#progress progress")).to_be_visible()
    # What the page says of it is kept current: its state stands outside of the figures.
    expect(admin.page.locator("#state")).to_contain_text(
        admin.say("Sent", context="announcement"), timeout=SLOW_S * 1000
    )
    admin.looks_at_both_widths("announcement-sent")

    said = push.delivered(citizen.server, browser)
    title, about = push.shows(citizen.page, citizen.server, said)
    assert TITLE[language] in f"{title} {about['body']}"
    assert (about["lang"], about["dir"]) == (language, "rtl" if language == "ar" else "ltr")
    citizen.open("/inbox")
    citizen.looks_at_both_widths("announcement-inbox")


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_what_is_not_approved_goes_back_or_is_given_up(
    new_reader: Callable[..., Reader], language: str
) -> None:
    head = new_reader(language, width="desk")
    staff.sign_in(head, "yusuf")
    path = write(head)
    head.press("Ask a colleague to approve it")
    head.press("Back to the draft")
    head.reads("It is a draft again.")
    head.press("Change", context="action")
    expect(head.page.locator("#title-ru")).to_have_value(TITLE["ru"])
    head.open(path)
    head.press("Give it up")
    head.reads("It is given up. Nobody was told.")
    head.looks_at_both_widths("announcement-given-up")
