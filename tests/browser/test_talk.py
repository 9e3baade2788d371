"""A question to the citizen, its answer, a note and a second opinion, in two languages."""

from collections.abc import Callable

import pytest
from babel import Locale
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.browser.steps import account, staff

BODY = {"ar": "نرجو إرسال صورة أوضح.", "ru": "Пришлите, пожалуйста, более чёткое фото."}
TITLE = {"ar": "صورة أوضح", "ru": "Чёткое фото"}
ANSWER = {"ar": "سأرسلها مساء اليوم.", "ru": "Отправлю сегодня вечером."}
NOTE = {"ar": "الصورة القديمة من عام ٢٠١٩.", "ru": "Старое фото 2019 года."}


def write_canned(reader: Reader) -> None:
    """Write a canned answer in every language, as an admin."""
    staff.sign_in(reader, "admin")
    reader.open("/admin/answers/new")
    for language in ("ar", "ru"):
        reader.page.locator(f"#title-{language}").fill(TITLE[language])
        reader.page.locator(f"#body-{language}").fill(BODY[language])
    reader.looks("canned-edit")
    reader.press("Save", context="action")
    reader.reads_text(TITLE[reader.language])


def own_request(reader: Reader) -> str:
    """Return the reference of a request of Layan that was sent."""
    account.sign_in(reader, "layan@example.org")
    reader.open("/requests")
    links = [one.get_attribute("href") or "" for one in reader.page.locator(".j-request a").all()]
    for link in links:
        reader.open_address(link)
        if reader.main.locator("a[href$='/messages']").count():
            return link.rsplit("/", 1)[-1]
    raise AssertionError("no request was sent")


@pytest.mark.grid
@pytest.mark.parametrize("language", ["ar", "ru"])
def test_a_case_is_talked_about_in_three_lanes(
    new_reader: Callable[..., Reader], language: str
) -> None:
    write_canned(new_reader(language, width="desk"))
    citizen, officer, colleague = (new_reader(language, width="desk") for _ in range(3))
    reference = own_request(citizen)

    staff.sign_in(officer, "rana")
    officer.open(f"/desk/cases/{reference}")
    officer.follow(officer.say("With the citizen", context="lane"))
    officer.page.locator("#words").select_option(label=TITLE[language])
    address = officer.page.url
    officer.press("Put it into the text")
    expect(officer.page.locator("#text")).to_have_value(BODY[_language_of(officer)])
    assert officer.page.url == address
    officer.page.locator("#expects_answer").check()
    officer.press("Send", context="message")
    officer.reads("Answer expected")
    officer.looks_at_both_widths("thread-desk")

    citizen.open(f"/requests/{reference}/messages")
    citizen.reads("The post waits for your answer.")
    citizen.looks_at_both_widths("thread")
    citizen.page.locator("#text").fill(ANSWER[language])
    citizen.page.locator("#expects_answer").check()
    citizen.press("Send", context="message")
    citizen.reads("Your message was sent.")
    citizen.open("/requests")
    citizen.looks_at_both_widths("requests-unread")

    officer.open(f"/desk/cases/{reference}/notes")
    officer.page.locator("#text").fill(NOTE[language])
    officer.page.get_by_label(staff.find("yusuf").names[language]).check()
    officer.press("Add the note")
    officer.looks_at_both_widths("notes")
    officer.open(f"/desk/cases/{reference}/opinions")
    officer.page.locator("#of").select_option(label=staff.find("yusuf").names[language])
    officer.page.locator("#question").fill(NOTE[language])
    officer.page.locator("#is_confidential").check()
    officer.press("Ask")
    officer.looks_at_both_widths("opinions")
    officer.open(f"/desk/cases/{reference}")
    officer.looks_at_both_widths("case-waits")

    staff.sign_in(colleague, "yusuf")
    colleague.open("/desk")
    colleague.reads("Your opinion is asked for")
    colleague.looks_at_both_widths("today-waits")


def _language_of(officer: Reader) -> str:
    """Return the language in which the citizen of the open case reads, as the page says."""
    hint = officer.page.locator("#text-hint").inner_text()
    return "ar" if str(Locale("ar").get_display_name(officer.language)) in hint else "ru"
