"""The main job from the first page to the document in hand, by everybody who has a part in it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.message import EmailMessage

import pytest
from playwright.sync_api import expect

from tests.browser import people
from tests.browser.papers import BETTER_PHOTO, EXTRACT, PASSPORT, PHOTO
from tests.browser.reader import Reader, text_of
from tests.browser.steps import account, booking, desk, filing, reception, services, staff
from tests.browser.steps.filing import SERVICE, Sent

NOTE = "Please stand before a white wall."

UNSENT = Sent(reference="", code="")


@dataclass(kw_only=True)
class Journey:
    """Who takes part in one walk, and what they know of it so far."""

    new_reader: Callable[..., Reader]
    language: str
    width: str
    script: bool
    officer_login: str
    sent: Sent = UNSENT

    def __post_init__(self) -> None:
        """Let the citizen sit down at the browser."""
        self.citizen = self.reader()
        self.officer = self.reader(width="desk")
        kind = f"{self.language}.{self.width}.{'script' if self.script else 'plain'}"
        self.address = f"huda.{kind}@example.org"
        number = f"02{zlib.crc32(kind.encode()):010}"[:11]
        self.mother = replace(people.MOTHER, national_number=number)
        self.child = people.CHILD

    def reader(self, *, width: str = "") -> Reader:
        """Return somebody at a browser of their own."""
        return self.new_reader(self.language, width=width or self.width, script=self.script)

    @property
    def name(self) -> str:
        """Return the applicant's given name as the pages of this walk write it."""
        return self.mother.called(self.language)


def walk(journey: Journey) -> None:
    """Go all the way."""
    step_1_find_the_service(journey)
    step_2_sign_in_and_enter_people(journey)
    step_3_file_with_papers(journey)
    step_3_follow_without_an_account(journey)
    step_4_officer_asks_for_a_better_photo(journey)
    step_4_citizen_replaces_just_that(journey)
    step_4_officer_accepts(journey)
    step_5_book_and_move(journey)
    step_6_visit_and_collection(journey)
    step_6_the_timeline_shows_every_step(journey)


@pytest.mark.parametrize(
    ("language", "width", "officer"),
    [("ar", "phone", "rana"), pytest.param("ru", "desk", "maher", marks=pytest.mark.grid)],
)
def test_a_passport_is_renewed_from_the_first_page_to_the_hand_over(
    new_reader: Callable[..., Reader], language: str, width: str, officer: str
) -> None:
    walk(
        Journey(
            new_reader=new_reader,
            language=language,
            width=width,
            script=True,
            officer_login=officer,
        )
    )


@pytest.mark.grid
@pytest.mark.parametrize(
    ("language", "width", "script"),
    [
        ("ar", "desk", True),
        ("ru", "phone", True),
        ("ar", "desk", False),
        ("ar", "phone", False),
        ("ru", "phone", False),
        ("ru", "desk", False),
        ("en", "phone", True),
    ],
)
def test_the_journey_at_other_widths_and_without_a_script(
    new_reader: Callable[..., Reader], language: str, width: str, script: bool
) -> None:
    walk(
        Journey(
            new_reader=new_reader,
            language=language,
            width=width,
            script=script,
            officer_login="yusuf",
        )
    )


def step_1_find_the_service(journey: Journey) -> None:
    """Start page, category, service; the language is switched and the place kept."""
    reader = journey.citizen
    services.find_by_category(reader, SERVICE)
    services.read_about(reader, SERVICE)
    other = "ru" if journey.language != "ru" else "ar"
    reader.switch_language(other)
    expect(reader.page.locator("h1")).to_have_text(services.title_of(reader, SERVICE))
    reader.switch_language(journey.language)
    reader.looks("1-service")


def step_2_sign_in_and_enter_people(journey: Journey) -> None:
    """A code by mail makes the account; a mother enters herself and her child."""
    reader = journey.citizen
    account.sign_in(reader, journey.address)
    account.add_person(reader, journey.mother)
    account.add_person(reader, journey.child)
    reader.open("/account/people")
    reader.reads_text(journey.name, journey.child.called(journey.language))
    reader.looks("2-people")


def step_3_file_with_papers(journey: Journey) -> None:
    """Pages saved one by one, Back in between, the rest on another device; sent once."""
    reader = journey.citizen
    reader.open(f"/services/{SERVICE}")
    reader.control(reader.say("Start the request")).first.click()
    filing.begin(reader, journey.name)
    filing.answer_page(reader, "travel_document")
    filing.go_back_and_forth(reader, "travel_document", "stay_in_russia")
    filing.answer_page(reader, "stay_in_russia")

    reader = journey.citizen = journey.reader()
    account.sign_in(reader, journey.address)
    filing.resume(reader)
    filing.answer_page(reader, "declaration")
    if journey.script:
        filing.attach_slowly(reader, "photo", PHOTO)
    else:
        filing.attach(reader, "photo", PHOTO)
    filing.attach(reader, "old_passport", PASSPORT)
    filing.attach(reader, "civil_extract", EXTRACT)
    reader.looks("3-papers")
    reader.press("Continue to the check")
    reader.sees_heading("Check your answers")
    reader.reads_text(journey.name, "N012345678", PHOTO["name"], PASSPORT["name"])
    reader.looks("3-check")
    with reader.awaits_mail(journey.address) as arrived:
        send = filing.send_by_double_click if journey.script else filing.send_from_two_tabs
        journey.sent = send(reader)
    reader.looks("3-sent")
    assert journey.sent.reference in text_of(arrived[-1])
    assert filing.count_requests(reader) == 1
    filing.look_at_slip(reader, journey.sent, journey.name)
    reader.looks("3-slip")


def step_3_follow_without_an_account(journey: Journey) -> None:
    """Number and code tell how the request stands, and not whose it is."""
    stranger = journey.reader()
    filing.follow_without_account(stranger, journey.sent, hidden=journey.name)
    stranger.looks("3-followed")


def step_4_officer_asks_for_a_better_photo(journey: Journey) -> None:
    """Papers beside answers, numbers covered; one is accepted, one asked for again, and why."""
    officer = journey.officer
    staff.sign_in(officer, journey.officer_login)
    desk.open_case(officer, journey.sent.reference)
    desk.take(officer)
    for key in ("old_passport", "photo"):
        desk.looks_at(officer, filing.title(officer, "papers", key))
    officer.reads_text("•••••678")
    officer.looks("4-review")
    desk.accept_item(officer, filing.title(officer, "papers", "old_passport"))
    desk.ask_again(officer, filing.title(officer, "papers", "photo"), _reason(officer), NOTE)
    with officer.awaits_mail(journey.address) as arrived:
        desk.ask_the_citizen(officer)
    letter = text_of(arrived[-1])
    assert journey.sent.reference in letter
    assert f"/{journey.language}/requests/" in letter


def step_4_citizen_replaces_just_that(journey: Journey) -> None:
    """The request shows the one thing to mend, with the reason in the citizen's language."""
    reader = journey.citizen
    reader.open(f"/requests/{journey.sent.reference}")
    reader.looks("4-asked")
    with reader.awaits_mail(journey.address):
        filing.mend(reader, "photo", _reason(reader), NOTE, BETTER_PHOTO)
    reader.looks("4-mended")


def step_4_officer_accepts(journey: Journey) -> None:
    """The new photo is looked at, everything is accepted, and the citizen is told."""
    officer = journey.officer
    desk.open_case(officer, journey.sent.reference)
    desk.take(officer)
    desk.looks_at(officer, filing.title(officer, "papers", "photo"))
    desk.accept_everything(officer)
    with officer.awaits_mail(journey.address):
        desk.accept_the_request(officer)


def step_5_book_and_move(journey: Journey) -> None:
    """A free seat is kept, confirmed with an entry for the calendar, and moved once."""
    reader = journey.citizen
    booking.open_booking(reader, journey.sent.reference)
    reader.looks("5-days")
    booking.keep_a_seat(reader, day=1, time=0)
    reader.looks("5-confirm")
    with reader.awaits_mail(journey.address) as confirmed:
        booking.confirm(reader)
    assert "BEGIN:VCALENDAR" in booking.calendar_entry(reader)
    assert _calendar_of(confirmed[-1]).count("BEGIN:VEVENT") == 1
    with reader.awaits_mail(journey.address) as moved:
        booking.move(reader, day=2, time=-1)
    assert _calendar_of(moved[-1]).count("BEGIN:VEVENT") == 1
    assert _calendar_of(moved[-1]) != _calendar_of(confirmed[-1])
    reader.looks("5-appointment")


def step_6_visit_and_collection(journey: Journey) -> None:
    """Reception, counter, production, collection; the citizen is told of the last two."""
    reception.bring_the_day(journey.citizen.server, journey.sent.reference)
    receptionist = journey.reader(width="desk")
    staff.sign_in(receptionist, "salma")
    reception.check_in(receptionist, journey.sent.reference, journey.name)
    receptionist.looks("6-arrivals")
    officer = journey.officer
    reception.complete_visit(officer, journey.sent.reference)
    desk.open_case(officer, journey.sent.reference)
    with officer.awaits_mail(journey.address):
        desk.produce(officer)
    with officer.awaits_mail(journey.address):
        desk.hand_over(officer)
    officer.looks("6-handed-over")


def step_6_the_timeline_shows_every_step(journey: Journey) -> None:
    """The request tells everything that happened, in plain words."""
    reader = journey.citizen
    reader.open(f"/requests/{journey.sent.reference}")
    reader.reads("Completed", context="request")
    for sentence in (
        "The request was received",
        "The check of the papers began",
        "The papers were checked, and something has to be mended",
        "What was asked for was received",
        "All papers were accepted",
        "An appointment was booked",
        "The appointment was moved",
        "Arrival at the post was noted",
        "The visit was completed",
        "The document was prepared",
        "The document was handed over",
    ):
        reader.reads(sentence)
    reader.looks("6-timeline")


def _reason(reader: Reader) -> str:
    """Return the reason "the background is not white" as the reader's pages say it."""
    photo = filing.texts(reader, "papers", "photo")
    reason = next(one for one in photo["reasons"] if one["code"] == "background")
    text: str = reason["text"][reader.language]
    return text


def _calendar_of(message: EmailMessage) -> str:
    entries = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert entries, "no calendar entry came with the message"
    text: str = entries[0].get_content()
    return text
