"""What an officer does with a request: take it, look, judge, ask, accept, hand over."""

from playwright.sync_api import Locator, expect

from tests.browser.reader import SLOW_S, Reader


def open_case(reader: Reader, reference: str) -> None:
    """Find a request by its reference in the search above every page."""
    reader.open("/desk")
    find = reader.page.locator(".s-find")
    find.locator("input[name=q]").fill(reference)
    find.get_by_role("button").click()
    reader.reads_text(reference)


def take(reader: Reader) -> None:
    """Take the request that is open, unless it is in hand still."""
    if not reader.main.get_by_text(reader.say("You have it in hand")).count():
        reader.press("Take the request")
    reader.reads("You have it in hand")


def ask_the_citizen(reader: Reader) -> None:
    """Send what is asked for again to the citizen, though other items wait to be checked."""
    reader.press("Ask the citizen")
    question = reader.main.locator("[data-focus]")
    reader.press("Ask all the same", within=question)
    reader.reads("The citizen has been asked. The clock stands still meanwhile.")


def accept_the_request(reader: Reader) -> None:
    """Accept the request whose items are all accepted."""
    reader.press("Accept the request")
    reader.reads("The papers are accepted. The citizen has been told.")


def produce(reader: Reader) -> None:
    """Note that the document is ready."""
    reader.press("The document is ready")
    reader.reads("The document is ready for collection. The citizen has been told.")


def hand_over(reader: Reader) -> None:
    """Note that the document was handed over, whether or not its fee was paid."""
    reader.press("Hand over …")
    reader.main.get_by_label(reader.say("The applicant in person")).check()
    reader.main.get_by_label(reader.say("Last characters of its number")).fill("5678")
    confirm_debt(reader)
    reader.main.locator("#is_signed").check()
    reader.press("Hand over")
    reader.reads("The document has been handed over.")


def hand_over_to_proxy(reader: Reader, name: str, number: str) -> None:
    """Hand over to somebody who came for the applicant, with their paper."""
    reader.main.get_by_label(reader.say("Somebody with the applicant’s authority")).check()
    reader.fill("Last characters of its number", "5678")
    reader.fill("Name of who came", name)
    reader.main.get_by_label(reader.say("Power of attorney"), exact=True).check()
    reader.fill("Number or day of the paper", number)
    confirm_debt(reader)
    reader.main.locator("#is_signed").check()
    reader.press("Hand over")
    reader.reads("The document has been handed over.")


def confirm_debt(reader: Reader) -> None:
    """Confirm, where it is asked, that the document is handed over before its fee is paid."""
    asked = reader.main.locator("#unpaid")
    if asked.count():
        asked.check()


def refuse(reader: Reader, reason: str) -> None:
    """Refuse the request that is in hand, for good."""
    reader.main.locator("summary", has_text=reader.say("Refuse the request …")).click()
    place = reader.main.locator("#reason")
    place.select_option(label=reader.say(reason))
    reader.press("Continue", context="action")
    reader.press("Refuse the request")
    reader.reads("The request is refused. The citizen has been told.")


def looks_at(reader: Reader, title: str) -> None:
    """Look at the page image of a paper; the worker makes it, which takes a moment."""
    tab = reader.page.locator(".s-thumb", has_text=title)
    image = reader.page.locator("img[data-paper]")
    for _ in range(int(SLOW_S)):
        tab.click()
        expect(tab).to_have_attribute("aria-current", "true")
        if image.count() and image.evaluate("image => image.decode().then(() => true)"):
            break
        reader.page.wait_for_timeout(1000)
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") > 100


def item(reader: Reader, title: str) -> Locator:
    """Return one of the items to judge, by its title."""
    return reader.page.locator("li.s-ans").filter(has=reader.page.locator("legend", has_text=title))


def accept_item(reader: Reader, title: str) -> None:
    """Mark an item as accepted."""
    label = reader.say("Accepted", context="item")
    item(reader, title).locator("label", has_text=label).first.click()


def ask_again(reader: Reader, title: str, reason: str, note: str) -> None:
    """Mark an item as asked for again, with a reason of the list and a note."""
    place = item(reader, title)
    place.locator("label", has_text=reader.say("Ask again", context="item")).first.click()
    place.locator("select[name^=reason-]").select_option(label=reason)
    place.locator("textarea").fill(note)


def accept_everything(reader: Reader) -> None:
    """Mark every item that is still open as accepted."""
    for label in reader.page.locator("li.s-ans label[for^='ok-']").all():
        label.click()
