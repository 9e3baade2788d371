"""The paper beside the items: it follows whoever judges them, and nothing marked is lost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.reader import Reader
from tests.browser.steps import staff

NOTE = "صورة أوضح من فضلكم"


def in_hand(reader: Reader, login: str) -> Reader:
    """Open a request that an officer of the example has in hand."""
    staff.sign_in(reader, login)
    reader.open("/desk/queue?tab=mine&state=in_review")
    reader.page.locator(".s-table tbody th a").first.click()
    expect(reader.page.locator(".s-thumb").nth(1)).to_be_visible()
    return reader


def papers(reader: Reader) -> Locator:
    """Return the items that are papers, in order."""
    show = reader.page.locator("[data-show]")
    return reader.page.locator("[data-item]").filter(has=show)


def uid_of(item: Locator) -> str:
    """Return by what name the pane knows the paper of an item."""
    return item.get_attribute("data-item") or ""


def ask_again(item: Locator, note: str) -> None:
    """Mark an item as asked for again, with a note."""
    item.locator(".s-seg__ask").click()
    item.locator("textarea").fill(note)


def test_the_paper_follows_the_item_and_what_was_typed_stays(
    new_reader: Callable[..., Reader],
) -> None:
    reader = in_hand(new_reader("ar", width="desk"), "rana")
    address, pane = reader.page.url, reader.page.locator("[data-shown]")
    first, second = papers(reader).nth(0), papers(reader).nth(1)
    looks_closer_and_turns(reader)
    ask_again(first, NOTE)
    expect(pane).to_have_attribute("data-shown", uid_of(first))

    reader.page.keyboard.press("Escape")
    reader.page.keyboard.press("j")

    expect(second).to_have_class(re.compile("is-now"))
    expect(pane).to_have_attribute("data-shown", uid_of(second))
    expect(pane.locator("[aria-current]")).to_have_attribute("data-item-of", uid_of(second))
    expect(first.locator("textarea")).to_have_value(NOTE)
    assert reader.page.url == address
    reader.looks("review")


def looks_closer_and_turns(reader: Reader) -> None:
    """Make the paper larger and smaller again, and lay it on its side."""
    whole = size_of(reader)
    reader.page.locator("[data-zoom='1']").click()
    larger = size_of(reader)
    assert larger[0] > whole[0] * 1.2 and larger[1] > whole[1] * 1.2
    reader.page.locator("[data-zoom='-1']").click()
    assert size_of(reader) == whole
    reader.page.locator("[data-turn]").click()
    turned = size_of(reader)
    assert (turned[0] > turned[1]) is (whole[0] < whole[1])
    for _quarter in range(3):
        reader.page.locator("[data-turn]").click()
    assert size_of(reader) == whole


def size_of(reader: Reader) -> tuple[float, float]:
    """Return how wide and how high the paper is on the screen, once it is there."""
    paper = reader.page.locator("[data-paper]")
    expect(paper).to_have_js_property("complete", True)
    box = paper.bounding_box()
    assert box
    return box["width"], box["height"]


@pytest.mark.grid
def test_without_a_script_another_paper_keeps_what_was_typed(
    new_reader: Callable[..., Reader],
) -> None:
    reader = in_hand(new_reader("ru", width="phone", script=False), "rana")
    ask_again(papers(reader).nth(0), NOTE)

    reader.page.locator(".s-thumb").nth(1).click()

    expect(reader.page.locator(".s-thumb").nth(1)).to_have_attribute("aria-current", "true")
    expect(papers(reader).nth(0).locator("textarea")).to_have_value(NOTE)
    reader.switch_language("ar")
    expect(reader.page.locator("h1")).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "login"), [pytest.param("ar", "rana", marks=pytest.mark.grid), ("ru", "maher")]
)
def test_a_request_is_judged_with_the_keyboard_alone(
    new_reader: Callable[..., Reader], language: str, login: str
) -> None:
    reader = new_reader(language, width="desk")
    staff.sign_in(reader, login)
    take_with_keys(reader)
    keyboard, things = reader.page.keyboard, reader.page.locator("[data-item]")

    keyboard.press("j")
    for number in range(things.count() - 1):  # Accepting goes on to the next by itself.
        expect(things.nth(number)).to_be_focused()
        is_clear_of_keys(things.nth(number))
        keyboard.press("a")
        expect(things.nth(number).locator("[data-verdict=accept]")).to_be_checked()
    keyboard.press("r")
    expect(things.last.locator("select[name^=reason-]")).to_be_focused()
    keyboard.press("ArrowDown")
    keyboard.press("Escape")
    keyboard.press("n")
    keyboard.insert_text(NOTE)
    reader.looks("review-keys")
    keyboard.press("Escape")
    reach(reader, reader.control(reader.say("Ask the citizen")))
    keyboard.press("Enter")

    reader.reads("The citizen has been asked. The clock stands still meanwhile.")
    reader.reads_text(NOTE)


def is_clear_of_keys(item: Locator) -> None:
    """Fail when an item that has room above the bar of keys lies under it."""
    bar = item.page.locator("[data-keys]").bounding_box()
    box = item.bounding_box()
    assert bar and box
    assert box["y"] + box["height"] <= bar["y"] + 1 or box["height"] > bar["y"]


def take_with_keys(reader: Reader) -> None:
    """Come from the queue to the most urgent request without touching the mouse."""
    reader.open("/desk/queue")
    reach(reader, reader.control(reader.say("Take the next request")))
    reader.page.keyboard.press("Enter")
    reader.reads("You have it in hand")


def reach(reader: Reader, target: Locator) -> None:
    """Press Tab until something has the focus; fail when it never has."""
    for _ in range(200):
        if target.evaluate("element => element === document.activeElement"):
            return
        reader.page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached with Tab")
