"""A draw from its announcement to the appointment, and run again by somebody without an account."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.browser.reader import Reader
from tests.browser.steps import account, draws, staff


@pytest.mark.grid
@pytest.mark.parametrize(
    ("language", "width", "address"),
    [("ar", "phone", "layan@example.org"), ("ru", "desk", "omar.khoury@example.net")],
)
def test_a_time_is_drawn_taken_and_the_draw_run_again(
    new_reader: Callable[..., Reader],
    language: str,
    width: str,
    address: str,
    tmp_path: Path,
) -> None:
    admin = new_reader(language, width="desk")
    staff.sign_in(admin, "admin")
    uid = draws.announce(admin, draws.next_days(admin.server))
    admin.looks_at_both_widths("draw-announced")
    draws.take_step(admin, uid, "Open now", has_closed=False)

    citizen = new_reader(language, width=width)
    account.sign_in(citizen, address)
    draws.find_draw(citizen, uid)
    with citizen.awaits_mail(address):
        ticket = draws.wish(citizen)
    citizen.looks("draw-wished")
    draws.take_step(admin, uid, "Close now", has_closed=True)
    with citizen.awaits_mail(address):
        draws.hold(admin)

    citizen.page.reload()
    citizen.reads("Accept the time that was drawn")
    citizen.looks("draw-offer")
    with citizen.awaits_mail(address):
        citizen.press("Accept this time")
    citizen.reads("Your appointment is confirmed.")
    citizen.reads("The time that was drawn is your appointment: %(when)s.")

    stranger = new_reader(language, width=width)
    stranger.open(f"/draws/{uid}")
    stranger.fill("Ticket", ticket.lower(), context="draw")
    stranger.press("Find", context="action")
    stranger.reads("Ticket %(ticket)s is on the list.")
    stranger.looks("draw-published")
    assert draws.run_again(stranger, tmp_path) == "All is right: 1 entries.\n"
