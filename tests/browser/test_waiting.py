"""The waiting list: somebody joins it, a time is given up, and the offer is taken in one tap."""

from collections.abc import Callable

import pytest

from tests.browser.reader import Reader
from tests.browser.steps import account, waiting


@pytest.mark.grid
@pytest.mark.parametrize(("language", "width"), [("ar", "phone"), ("ru", "desk")])
def test_a_time_that_is_given_up_is_offered_and_taken_in_one_tap(
    new_reader: Callable[..., Reader], language: str, width: str
) -> None:
    citizen = new_reader(language, width=width)
    other = new_reader(language, width=width)
    holder, waiter = waiting.find_two(citizen.server)
    account.sign_in(other, holder.address)
    day = waiting.have_a_time(other, holder.reference)
    waiting.fill_up(citizen.server, day)
    account.sign_in(citizen, waiter.address)
    citizen.open(f"/requests/{waiter.reference}/book/soonest")
    citizen.looks("waiting-soonest")
    waiting.join(citizen, waiter.reference, day)
    citizen.looks("waiting-joined")

    with citizen.awaits_mail(waiter.address):
        waiting.give_up(other, holder.reference)
    citizen.open(f"/requests/{waiter.reference}")
    citizen.press("Accept it or leave it to the next")
    citizen.looks("waiting-offer")
    citizen.press("Accept this time")

    citizen.reads("Your appointment is confirmed.")
    citizen.open(f"/requests/{waiter.reference}/appointment")
    citizen.reads_text(str(day.day))
