"""What admins do: texts and fees of a service, hours, closures."""

from datetime import date

from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader

LANGUAGES = ("ar", "ru", "en")


def open_editor(reader: Reader, code: str, title: str) -> None:
    """Open the draft of a service from the list of services."""
    reader.open("/admin/services")
    reader.main.get_by_role("link", name=title, exact=True).click()
    reader.reads_text(code)


def write_summary(reader: Reader, texts: dict[str, str]) -> None:
    """Write the summary of the service in each language."""
    for language in LANGUAGES:
        _by_id(reader, f"summary-{language}").fill(texts[language])


def set_first_fee(reader: Reader, amount: str) -> None:
    """Write the amount of the first fee, in major units."""
    _by_id(reader, "fees.0.amount").fill(amount)


def save_and_publish(reader: Reader) -> None:
    """Save the draft, then publish it."""
    reader.press("Save the draft")
    reader.reads("The draft has been saved.")
    reader.press("Publish the draft")
    reader.press("Publish this version")
    reader.reads("Version %(number)s is published. Requests that run keep theirs.")


def add_hours(reader: Reader, *, pool: str, weekday: int, opens: str, closes: str) -> None:
    """Add a line to the week of a pool, named as in its address: "moscow/passports"."""
    reader.open("/admin/schedule")
    reader.page.locator(f"a[href$='/{pool}/new']").click()
    reader.sees_heading("Add hours")
    reader.labelled(reader.say("Weekday")).select_option(value=str(weekday))
    reader.fill("From", opens)
    reader.fill("Until", closes)
    reader.fill("Seats at a time", "1")
    reader.press("Save", context="action")
    reader.reads("Saved. The free times follow at once.")


def close_a_day(reader: Reader, day: date, reasons: dict[str, str]) -> None:
    """Close the post for a day; appointments that are hit are shown before."""
    reader.open("/admin/closures")
    for language in LANGUAGES:
        _by_id(reader, f"title-{language}").fill(reasons[language])
    parts = (str(day.day), str(day.month), str(day.year))
    for label in ("First day", "Last day"):
        reader.fill_date(reader.group(reader.say(label)), *parts)
    reader.press("Add the closure")
    question = reader.main.get_by_text(reader.say("Before this is changed"))
    done = reader.main.get_by_text(reader.say("Closures")).first
    expect(question.or_(done)).to_be_visible()
    if question.count():
        reader.press("Apply the change")
    reader.reads("The closure has been added. Its free times are gone at once.")


def _by_id(reader: Reader, id_: str) -> Locator:
    return reader.page.locator(f'[id="{id_}"]')
