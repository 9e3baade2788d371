"""The queue: narrow it down, keep the view, do one thing to many and watch it being done."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import SLOW_S, Reader
from tests.browser.steps import staff


@pytest.mark.parametrize(
    ("language", "script"),
    [
        ("ar", True),
        pytest.param("ru", True, marks=pytest.mark.grid),
        pytest.param("ru", False, marks=pytest.mark.grid),
    ],
)
def test_the_head_assigns_what_waits_and_watches_it(
    new_reader: Callable[..., Reader], language: str, script: bool
) -> None:
    reader = new_reader(language, width="desk", script=script)
    staff.sign_in(reader, "yusuf")
    reader.open("/desk/queue?tab=all&state=submitted")
    reader.looks_at_both_widths("queue")
    references = [cell.inner_text() for cell in reader.page.locator(".s-table tbody .j-code").all()]
    assert len(references) > 1

    for box in reader.page.locator(".s-table tbody input[type=checkbox]").all()[:2]:
        box.check()
    reader.press("Do something with them …")
    reader.main.locator("summary", has_text=reader.say("Selected requests")).click()
    reader.reads_text(*references[:2])
    reader.looks_at_both_widths("bulk")
    officers = reader.page.locator("#officer")
    officers.select_option(index=1)
    chosen = officers.locator("option:checked").inner_text()
    reader.press("Assign")

    wait_for_the_end(reader)
    reader.looks_at_both_widths("bulk-run")
    reader.reads_text(*references[:2])
    reader.open(f"/desk/cases/{references[0]}")
    reader.reads_text(chosen)


@pytest.mark.parametrize("language", [pytest.param("ar", marks=pytest.mark.grid), "ru"])
def test_the_first_request_is_seen_on_a_phone_and_the_head_is_one_row_at_a_desk(
    new_reader: Callable[..., Reader], language: str
) -> None:
    reader = new_reader(language, width="desk")
    staff.sign_in(reader, "yusuf")
    reader.open("/desk/queue?tab=all&state=submitted")
    links = reader.page.locator(".s-nav a, .s-me")
    boxes = [link.bounding_box() for link in links.all()]
    assert all(boxes)
    tops = {box["y"] // 20 for box in boxes if box}
    assert len(tops) == 1, "the sections of a head stand in two rows"
    expect(reader.page.locator("#f-service")).to_be_visible()

    reader.page.set_viewport_size({"width": 390, "height": 844})

    expect(reader.page.locator("#f-service")).to_be_hidden()
    first = reader.page.locator(".s-table tbody th a").first.bounding_box()
    assert first and first["y"] + first["height"] < 844
    reader.main.locator("summary", has_text=reader.say("Filters")).first.click()
    expect(reader.page.locator("#f-service")).to_be_visible()
    reader.looks("queue-filters")


def wait_for_the_end(reader: Reader) -> None:
    """Watch the bar until everything is handled; without a script, look again by hand."""
    bar = reader.page.locator("#progress progress")
    expect(bar).to_be_attached()
    for _ in range(int(SLOW_S)):
        if not reader.page.locator("#progress[hx-get]").count():
            break
        if reader.has_script:
            reader.page.wait_for_timeout(1000)
        else:
            reader.press("Look again")
    expect(bar).to_have_attribute("value", bar.get_attribute("max") or "")
