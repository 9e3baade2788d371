"""A right of a colleague is asked for by one admin and given by another, on their pages."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader
from tests.browser.steps import staff

pytestmark = [pytest.mark.grid, pytest.mark.proves("S15")]


def open_member(reader: Reader, login: str) -> None:
    reader.open("/admin/staff")
    name = staff.find(login).names[reader.language]
    reader.follow(name)
    expect(reader.page.locator("h1")).to_contain_text(name)


@pytest.mark.parametrize(("language", "login"), [("ar", "salma"), ("ru", "hassan")])
def test_two_admins_give_a_role(
    new_reader: Callable[..., Reader], language: str, login: str
) -> None:
    first, second = (new_reader(language, width="desk") for _ in range(2))
    staff.sign_in(first, "admin")
    staff.sign_in(second, "basil")

    open_member(first, login)
    first.looks_at_both_widths("rights-member")
    first.press("Ask for the role")
    first.looks_at_both_widths("rights-refused")
    first.page.locator("select[name=role]").select_option("second_reviewer")
    first.press("Ask for the role")
    first.reads("You asked for it, so another administrator of the post agrees: tell one of them.")
    first.looks_at_both_widths("rights-asked")

    second.open("/admin/staff")
    second.looks_at_both_widths("rights-waiting")
    open_member(second, login)
    second.looks_at_both_widths("rights-to-agree")
    second.press("Agree", context="rights")
    second.reads("It is done. Your colleague has to sign in anew.")
    second.looks_at_both_widths("rights-given")


@pytest.mark.parametrize("language", ["ar", "ru"])
def test_who_was_shut_out_comes_back_by_two(
    new_reader: Callable[..., Reader], language: str
) -> None:
    first, second = (new_reader(language) for _ in range(2))
    staff.sign_in(first, "admin")
    staff.sign_in(second, "basil")
    open_member(first, "karim")
    first.press("Shut out at once")
    first.looks_at_both_widths("rights-out")
    first.press("Ask that your colleague is let in again")
    open_member(second, "karim")
    second.press("Agree", context="rights")
    second.reads("It is done. Your colleague has to sign in anew.")
    open_member(second, "basil")
    second.reads("These are your own rights. Another administrator of the post changes them.")
    second.looks_at_both_widths("rights-own")
