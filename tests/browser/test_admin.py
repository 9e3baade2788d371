"""Step 8: what an admin changes is seen by those who come after, not by those who were before."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from tests.browser import papers, people
from tests.browser.reader import Reader
from tests.browser.steps import account, admin, booking, desk, filing, services, staff

SERVICE = "PASS_LOST"
SUMMARY = {
    "ar": "بدل عن جواز ضائع أو مسروق، النص الجديد {turn}.",
    "ru": "Взамен утраченного паспорта, новая редакция {turn}.",
    "en": "In place of a lost passport, in new words {turn}.",
}
REASONS = {"ar": "عطلة للتجربة", "ru": "Пробный выходной", "en": "A day off for a trial"}
SATURDAY, SUNDAY = 6, 7
WAYS = [
    ("ru", "desk", True),
    pytest.param("ar", "phone", False, marks=pytest.mark.grid),
    pytest.param("ar", "desk", True, marks=pytest.mark.grid),
    pytest.param("ru", "phone", False, marks=pytest.mark.grid),
]
"""How the admin works: once in every run of the tests, otherwise in the grid."""


def citizen(
    new_reader: Callable[..., Reader], language: str, address: str, number: str
) -> tuple[Reader, str]:
    """Return somebody new who is signed in and has entered themselves, and their name."""
    reader = new_reader(language)
    person = replace(people.MOTHER, national_number=number)
    account.sign_in(reader, address)
    account.add_person(reader, person)
    return reader, person.called(language)


@pytest.mark.parametrize(("language", "width", "script"), WAYS)
def test_step_8_a_new_fee_and_text_hold_for_new_requests_only(
    new_reader: Callable[..., Reader], language: str, width: str, script: bool
) -> None:
    turn = f"{language}-{width}"
    before, name = citizen(new_reader, "ar", f"{turn}@example.org", "03000000001")
    before.open(f"/requests/new/{SERVICE}")
    filing.begin(before, name)
    before.open("/requests")
    before.follow(services.title_of(before, SERVICE))
    old = before.page.locator(".j-bill__sum dd").inner_text()

    fee = f"{200 + len(turn)}.{'50' if script else '25'}"
    words = {code: text.format(turn=turn) for code, text in SUMMARY.items()}
    reader = new_reader(language, width=width, script=script)
    staff.sign_in(reader, "admin")
    admin.open_editor(reader, SERVICE, services.title_of(reader, SERVICE))
    admin.set_first_fee(reader, fee)
    admin.write_summary(reader, words)
    admin.save_and_publish(reader)
    reader.looks("8-editor")

    before.page.reload()
    expect(before.page.locator(".j-bill__sum dd")).to_have_text(old)
    for code, summary in words.items():
        after = new_reader(code)
        after.open(f"/services/{SERVICE}")
        after.reads_text(summary, fee.partition(".")[0])


@pytest.mark.parametrize(
    ("language", "width", "script", "weekday"),
    [
        pytest.param("ar", "desk", True, SATURDAY, marks=pytest.mark.grid),
        pytest.param("ru", "phone", False, SUNDAY, marks=pytest.mark.grid),
    ],
)
def test_step_8_free_seats_follow_the_week_and_the_closures(
    new_reader: Callable[..., Reader], language: str, width: str, script: bool, weekday: int
) -> None:
    address, number = f"seats-{weekday}@example.org", f"0300000000{weekday}"
    reader, name = citizen(new_reader, "ru", address, number)
    sent = filing.file_a_request(reader, name, papers.ALL)
    officer = new_reader("ar", width="desk")
    staff.sign_in(officer, "yusuf")
    desk.open_case(officer, sent.reference)
    desk.take(officer)
    desk.accept_everything(officer)
    desk.accept_the_request(officer)
    days = booking.free_days(reader, sent.reference)
    assert weekday not in {day.isoweekday() for day in days}

    boss = new_reader(language, width=width, script=script)
    staff.sign_in(boss, "admin")
    admin.add_hours(boss, pool="moscow/passports", weekday=weekday, opens="10:00", closes="١٢:٠٠")
    boss.looks("8-schedule")
    more = booking.free_days(reader, sent.reference)
    assert weekday in {day.isoweekday() for day in more}
    assert set(days) < set(more)

    admin.close_a_day(boss, days[-1], REASONS)
    boss.looks("8-closures")
    assert set(booking.free_days(reader, sent.reference)) == set(more) - {days[-1]}
    expect(reader.main).to_contain_text(REASONS["ru"])
