"""What admins do: texts and fees of a service, hours, closures."""

from playwright.sync_api import Locator

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
    reader.reads("Version %(number)s is published. Requests that run keep theirs.")


def _by_id(reader: Reader, id_: str) -> Locator:
    return reader.page.locator(f'[id="{id_}"]')
