"""The day in the hall: kiosk, reception, counter, board and the visitor's phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.browser.steps import hall, reception, staff


@pytest.mark.grid
@pytest.mark.parametrize(
    ("language", "login", "counter"),
    [("ar", "rana", 3), ("ru", "maher", 4)],
)
def test_a_visitor_checks_in_is_called_and_the_board_shows_it(
    new_reader: Callable[..., Reader], language: str, login: str, counter: int
) -> None:
    head = new_reader(language, width="desk")
    reference = hall.visit_to_come(head.server)
    reception.bring_the_day(head.server, reference)
    staff.sign_in(head, "yusuf")
    kiosk_path = hall.add_device(head, "kiosk", "entrance")
    board_path = hall.add_device(head, "board", "above the door")
    head.looks_at_both_widths("hall-device")

    kiosk = new_reader(language, width="desk")
    kiosk.page.clock.install()
    hall.check_in(kiosk, kiosk_path, "JM-0000-0000-0")
    kiosk.reads(
        "No appointment of this place has this number. Please check the number, or ask at the "
        "reception."
    )
    kiosk.looks_at_both_widths("hall-kiosk-wrong")
    hall.check_in(kiosk, kiosk_path, reference)
    number = hall.read_number(kiosk)
    assert re.fullmatch(r"A\d\d", number)
    expect(kiosk.main).not_to_contain_text(reference)
    kiosk.looks_at_both_widths("hall-kiosk-number")
    hall.forgets(kiosk, number)

    desk = new_reader(language, width="desk")
    staff.sign_in(desk, "salma")
    walk_in = hall.give_number(desk)
    desk.looks_at_both_widths("hall-ticket")
    phone = new_reader(language, width="phone")
    link = desk.main.get_by_role("link", name=desk.say("Open that page"))
    phone.page.goto(link.get_attribute("href") or "")
    phone.reads_text(walk_in)
    phone.looks("hall-phone")
    desk.open("/desk/hall")
    desk.reads_text(number, walk_in, reference)
    desk.looks_at_both_widths("hall")

    board = new_reader(language, width="desk")
    plain = new_reader(language, width="desk", script=False)
    for one in (board, plain):
        one.open(board_path)
    officer = new_reader(language, width="desk")
    staff.sign_in(officer, login)
    hall.open_counter(officer, counter)
    hall.call(officer, number)
    officer.looks_at_both_widths("hall-counter")
    hall.shows(board, number, counter)
    hall.shows(plain, number, counter)
    board.looks("hall-board")
    expect(board.main).not_to_contain_text(reference)

    hall.lose_and_find_connection(board)
    officer.press("End without completing")
    hall.call(officer, walk_in)
    hall.shows(board, walk_in, counter)
    expect(phone.main).to_contain_text(str(counter), timeout=hall.SLOW_MS)
    officer.press("End the visit")
    officer.press("Close the counter")
    officer.reads("The counter is closed.")
    head.open("/desk/hall/figures")
    head.looks_at_both_widths("hall-figures")


@pytest.mark.grid
@pytest.mark.parametrize(("language", "first", "second"), [("ar", 11, 12), ("ru", 13, 14)])
def test_a_visitor_is_called_again_sent_on_put_back_and_not_missed_at_once(
    new_reader: Callable[..., Reader], language: str, first: int, second: int
) -> None:
    desk, rana, maher = (new_reader(language, width="desk") for _ in range(3))
    staff.sign_in(desk, "salma")
    number = hall.give_number(desk)
    staff.sign_in(maher, "maher")
    hall.open_counter(maher, second)
    staff.sign_in(rana, "rana")
    hall.open_counter(rana, first)
    hall.call(rana, number)
    rana.press("Call again")
    rana.reads("%(number)s is called once more.")

    hall.send_on(rana, second)
    rana.reads("%(number)s was sent on.")
    rana.press("Close the counter")
    maher.open("/desk/counter")
    maher.looks_at_both_widths("hall-sent-on")
    hall.call(maher, number)
    maher.press("Did not come")
    maher.reads("This number was called less than two minutes ago. Please give them time to come.")
    maher.looks_at_both_widths("hall-give-them-time")
    maher.press("Put back")
    maher.reads("%(number)s waits again.")
    hall.call(maher, number)
    maher.press("End the visit")
    maher.press("Close the counter")
    maher.reads("The counter is closed.")
