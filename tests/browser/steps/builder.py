"""What an admin does to build a service: its pages, fields, conditions, papers and fees."""

from collections.abc import Mapping

from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader

Texts = Mapping[str, str]


def begin_service(reader: Reader, code: str, title: Texts) -> None:
    """Make the draft of a blank service from the list of services."""
    reader.open("/admin/services")
    reader.press("New service")
    reader.sees_heading("New service")
    put(reader, "code", code)
    write(reader, "title", title)
    reader.looks("builder-new")
    reader.press("Make the draft")
    reader.reads("The draft has been made. Nobody sees it until it is published.")


def add_page(reader: Reader, title: Texts, question: Texts, kind: str) -> None:
    """Add a page that begins with a question."""
    reader.press("Add a page")
    write(reader, "title", title)
    by_id(reader, "fields.0.kind").select_option(kind)
    write(reader, "fields.0.label", question)
    save(reader)


def begin_field(reader: Reader, page: int, kind: str) -> None:
    """Open the sheet of a new field on a page, numbered from 0."""
    reader.press("Add a field", within=reader.main.locator("section.s-page").nth(page))
    reader.press(kind)


def hold_when(reader: Reader, condition: str, field: str, value: str) -> None:
    """Say in the first row of a condition that a field has one of its answers."""
    folded = reader.main.locator("details").filter(has=by_id(reader, condition))
    if folded.count():
        folded.locator("summary").click()
    by_id(reader, f"{condition}.0.field").select_option(field)
    reader.press("Show the values and another row", within=by_id(reader, condition))
    answer = by_id(reader, f"{condition}.0.value")
    expect(answer.locator("option").first).to_be_attached()
    answer.select_option(value)


def open_tab(reader: Reader, name: str) -> None:
    """Open one of the parts of the service."""
    tabs = reader.main.locator(".s-tabs")
    tabs.get_by_role("link", name=reader.say(name), exact=True).click()
    reader.sees_heading(name)


def add_paper(reader: Reader, title: Texts) -> None:
    """Open the sheet of a new paper and name it."""
    reader.press("Add a paper")
    write(reader, "title", title)


def add_fee(reader: Reader, label: Texts, basis: Texts, amount: str) -> None:
    """Add a fee that is due with every variant."""
    reader.press("Add a fee")
    write(reader, "label", label)
    put(reader, "amount", amount)
    put(reader, "valid_from", "2025-01-01")
    write(reader, "legal_basis", basis)
    save(reader)


def is_offered(reader: Reader) -> None:
    """Find that a new service is offered to citizens once it is published."""
    expect(by_id(reader, "enabled")).to_be_checked()


def save(reader: Reader) -> None:
    """Save the sheet that is open."""
    reader.press("Save the draft")
    reader.reads("The draft has been saved.")


def write(reader: Reader, name: str, texts: Texts) -> None:
    """Write a text in each language."""
    for language, text in texts.items():
        put(reader, f"{name}-{language}", text)


def put(reader: Reader, id_: str, text: str) -> None:
    """Type into the input with this id."""
    by_id(reader, id_).fill(text)


def by_id(reader: Reader, id_: str) -> Locator:
    """Return the element with this id, which may hold dots."""
    return reader.page.locator(f'[id="{id_}"]')
