"""How a citizen files a request: the pages, the papers, the check, sending, mending."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from playwright.sync_api import FilePayload, Locator, expect

from app.core import clock
from tests.browser.reader import Reader
from tests.browser.steps import services

SERVICE = "PASS_RENEW"
SLOW_BYTES_PER_S = 40_000

ANSWERS: Mapping[str, Any] = {
    # Any: a text, the key of a choice, yes or no, or the parts of a date.
    "old_number": "N٠١٢٣٤٥٦٧٨",
    "issued_at": "دمشق",
    "expires": ("", "", "2024"),
    "reason": "expired",
    "names_changed": False,
    "identity_proof": "extract",
    "stay_status": "permanent",
    "city": "Москва",
    "address": "ул. Примерная, д. 1, кв. 2",
    "phone": "٨٩١٦١٢٣٤٥٦٧",
    "registered": True,
    "truth": True,
    "consent": True,
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What the page after sending tells."""

    reference: str
    code: str


def texts(reader: Reader, kind: str, key: str) -> dict[str, Any]:
    """Return a page or a paper of the service by its key, as the definition has it."""
    found: dict[str, Any] = next(
        one for one in services.definition(SERVICE)[kind] if one["key"] == key
    )
    return found


def title(reader: Reader, kind: str, key: str) -> str:
    """Return the title of a page or paper in the reader's language."""
    words: str = texts(reader, kind, key)["title"][reader.language]
    return words


def begin(reader: Reader, person: str) -> None:
    """Say for whom the request is, and how quickly it is needed."""
    reader.group(reader.say("Whom is the request for?")).get_by_label(person).check()
    reader.choose("How quickly?", "Regular (queue)")
    reader.press("Begin")


def answer_page(reader: Reader, key: str) -> None:
    """Answer what is asked on the page that is open, and go on."""
    expect(reader.page.locator("h1")).to_have_text(title(reader, "pages", key))
    for field in texts(reader, "pages", key)["fields"]:
        if field["key"] in ANSWERS:
            _answer(reader, field, ANSWERS[field["key"]])
    reader.press("Save and continue")


def _answer(reader: Reader, field: dict[str, Any], value: Any) -> None:
    """Answer one question with the input that the page shows for it (Any: as in ANSWERS)."""
    label = field["label"][reader.language]
    match field["kind"]:
        case "yes_no":
            reader.group(label).get_by_label(_yes_no(reader, value), exact=True).check()
        case "choice":
            chosen = next(one for one in field["choices"] if one["key"] == value)
            reader.group(label).get_by_label(chosen["label"][reader.language], exact=True).check()
        case "declaration":
            reader.labelled(label).check()
        case "date" | "year_or_date":
            reader.fill_date(reader.group(label), *value)
        case _:
            reader.labelled(label).fill(value)


def _yes_no(reader: Reader, value: bool) -> str:
    return reader.say("Yes" if value else "No", context="answer")


def go_back_and_forth(reader: Reader, key: str, following: str) -> None:
    """Go Back in the browser, find what was saved, and come forward again."""
    expect(reader.page.locator("h1")).to_have_text(title(reader, "pages", following))
    reader.go_back()
    expect(reader.page.locator("h1")).to_have_text(title(reader, "pages", key))
    city = texts(reader, "pages", key)["fields"]
    first = next(field for field in city if isinstance(ANSWERS.get(field["key"]), str))
    expect(reader.labelled(first["label"][reader.language])).not_to_have_value("")
    reader.arrives()
    reader.page.go_forward()
    expect(reader.page.locator("h1")).to_have_text(title(reader, "pages", following))


def resume(reader: Reader) -> None:
    """Go on with the one draft among my requests."""
    reader.open("/requests")
    reader.reads("Complete the request and send it")
    reader.press("Go on")


def paper_card(reader: Reader, key: str) -> Locator:
    """Return the part of the page that is about one paper."""
    return reader.main.get_by_role("region", name=title(reader, "papers", key), exact=True)


def attach(reader: Reader, key: str, file: FilePayload, *, act: str = "Attach") -> None:
    """Attach a file to a paper of the list, with its day of issue where one is asked."""
    reader.press(act, within=paper_card(reader, key))
    expect(reader.page.locator("h1")).to_have_text(title(reader, "papers", key))
    if "freshness_days" in texts(reader, "papers", key):
        issued = clock.today("Europe/Moscow") - timedelta(days=10)
        group = reader.group(reader.say("Day of issue"))
        reader.fill_date(group, str(issued.day), str(issued.month), str(issued.year))
        reader.press("Continue")
    reader.labelled(reader.say("File")).set_input_files([file])
    reader.press("Attach")
    expect(paper_card(reader, key)).to_contain_text(file["name"])


def attach_slowly(reader: Reader, key: str, file: FilePayload) -> None:
    """Attach a file over a slow line and see the bar that shows how far it is."""
    line = reader.page.context.new_cdp_session(reader.page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1}
    line.send("Network.enable")
    slow = limits | {"uploadThroughput": SLOW_BYTES_PER_S}
    line.send("Network.emulateNetworkConditions", slow)
    reader.press("Attach", within=paper_card(reader, key))
    reader.labelled(reader.say("File")).set_input_files([file])
    reader.press("Attach")
    expect(reader.page.get_by_role("progressbar")).to_be_visible()
    expect(paper_card(reader, key)).to_contain_text(file["name"], timeout=30_000)
    line.send("Network.emulateNetworkConditions", limits | {"uploadThroughput": -1})
    line.detach()


def send_by_double_click(reader: Reader) -> Sent:
    """Send the request with a double click; return what the page after it tells."""
    reader.control(reader.say("Send the request")).dblclick()
    return read_sent(reader)


def send_from_two_tabs(reader: Reader) -> Sent:
    """Send the same page from two tabs, which is what a double click is without a script."""
    other = reader.page.context.new_page()
    reader.watch(other)
    other.goto(reader.page.url)
    press = reader.say("Send the request")
    other.get_by_role("button", name=press).click()
    expect(other.locator(".j-sent__ref")).to_be_visible()
    first = other.locator(".j-sent__ref").inner_text()
    other.close()
    reader.press("Send the request")
    sent = read_sent(reader)
    assert sent.reference == first
    return sent


def read_sent(reader: Reader) -> Sent:
    """Read number and follow-up code from the page after sending."""
    reader.sees_heading("The request was sent")
    reference = reader.page.locator(".j-sent__ref").inner_text().strip()
    code = reader.page.locator(".j-card--sand .j-code").first.inner_text().strip()
    return Sent(reference=reference, code=code)


def count_requests(reader: Reader) -> int:
    """Return how many requests stand in the list."""
    reader.open("/requests")
    reader.sees_heading("My requests")
    return reader.page.locator(".j-request").count()


def look_at_slip(reader: Reader, sent: Sent, person: str) -> None:
    """Open the slip to print: its QR, number, code and what to bring."""
    reader.open(f"/requests/{sent.reference}/sent")
    reader.press("Print the slip")
    body = reader.page.locator("body")
    for text in (sent.reference, sent.code, person, title(reader, "papers", "old_passport")):
        expect(body).to_contain_text(text)
    picture = reader.page.locator("img[src*='qr']")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 50


def follow_without_account(reader: Reader, sent: Sent, *, hidden: str) -> None:
    """Follow a request by what stands on its slip; the name is not told."""
    reader.open("/follow")
    reader.fill("Number of the request", sent.reference.lower())
    reader.fill("Follow-up code", sent.code, context="request")
    reader.press("Show how it stands")
    reader.reads_text(sent.reference)
    reader.reads("Received", context="request")
    assert hidden not in reader.main.inner_text()


def mend(reader: Reader, key: str, reason: str, note: str, file: FilePayload) -> None:
    """Replace the one thing that was asked for again, and send it."""
    reader.press("Show what is to be mended")
    reader.sees_heading("What is to be mended")
    expect(reader.main.locator("section.j-card")).to_have_count(1)
    reader.reads_text(reason, note)
    attach(reader, key, file, act="Attach a new file")
    reader.press("Send what was mended")
    reader.reads("Thank you. What you mended was received, and the check goes on.")


def file_a_request(reader: Reader, person: str, papers: Mapping[str, FilePayload]) -> Sent:
    """File a whole request for a person without stopping."""
    reader.open(f"/requests/new/{SERVICE}")
    begin(reader, person)
    for page in services.definition(SERVICE)["pages"]:
        answer_page(reader, page["key"])
    for key, file in papers.items():
        attach(reader, key, file)
    reader.press("Continue to the check")
    reader.press("Send the request")
    return read_sent(reader)
