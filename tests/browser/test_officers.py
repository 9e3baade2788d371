"""What officers and citizens do besides the main journey, each as one walk through real pages."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import people
from tests.browser.reader import SLOW_S, Reader
from tests.browser.steps import account, desk, filing, money, pouch, small, staff
from tests.browser.steps.filing import Sent

pytestmark = pytest.mark.grid

Made = Callable[..., Reader]
WAYS = [("ar", "phone"), ("ru", "desk")]
OTHER_WAYS = [("ar", "desk"), ("ru", "phone")]
"""The language and width of a walk."""
Step = dict[str, Any]  # Any: JSON.
REVIEW: Step = {"kind": "review"}
HAND_OVER: Step = {"kind": "hand_over"}
PLAIN: list[Step] = [REVIEW, {"kind": "hand_over", "by_proxy": True}]


def somebody(name: str, language: str) -> account.Entry:
    """Return an applicant of a walk, whom no other walk knows."""
    number = f"05{zlib.crc32(f'{name}.{language}'.encode()):010}"[:11]
    return replace(people.MOTHER, national_number=number)


@dataclass(frozen=True, kw_only=True)
class Walk:
    """The people of a walk, all in one language and at one width."""

    new_reader: Made
    language: str
    width: str

    def staff(self, login: str) -> Reader:
        """Return a member of staff who has signed in."""
        reader = self.new_reader(self.language, width=self.width)
        staff.sign_in(reader, login)
        return reader

    def filed(self, who: str, code: str) -> tuple[Reader, Sent]:
        """Return a citizen whom no other walk knows, and their request for a small service."""
        citizen = self.new_reader(self.language, width=self.width)
        address = f"{who}.{self.language}@example.org"
        name = small.citizen(citizen, address, somebody(who, self.language))
        return citizen, small.file(citizen, code, name)


@pytest.mark.parametrize(("language", "width"), WAYS)
def test_two_officers_look_one_after_the_other(new_reader: Made, language: str, width: str) -> None:
    small.offer(new_reader, "WALK_PAIR", [REVIEW, {"kind": "second_review"}, HAND_OVER])
    walk = Walk(new_reader=new_reader, language=language, width=width)
    citizen, sent = walk.filed("pair", "WALK_PAIR")

    first, second = walk.staff("rana"), walk.staff("maher")
    check_first(first, sent.reference)
    first.reads("It was you: another officer makes the second check.")
    first.looks("second-own")
    second.open("/desk/queue?tab=second")
    second.looks("second-queue")
    second.follow(sent.reference)
    second.press("Take the request")
    second.reads("This is the second check: what you decide counts.")
    second.looks("second-check")
    second.press("Give back to the first officer …")
    second.fill("Reason, read by staff only", "راجع الصورة من فضلك")
    second.looks("second-give-back")
    second.press("Give back to the first officer")
    second.reads("The request is back with the first officer.")

    first.open(f"/desk/cases/{sent.reference}")
    first.reads_text("راجع الصورة من فضلك")
    first.reads("You have it in hand")
    first.looks("second-given-back")
    first.press("Accept the request")
    second.open(f"/desk/cases/{sent.reference}")
    second.press("Take the request")
    desk.accept_the_request(second)
    citizen.open(f"/requests/{sent.reference}")
    for line in ("The first check is done", "All papers were accepted"):
        citizen.reads(line)
    citizen.looks("second-citizen")


def check_first(reader: Reader, reference: str) -> None:
    """Accept a request as the first of two officers."""
    desk.open_case(reader, reference)
    desk.take(reader)
    desk.accept_everything(reader)
    reader.press("Accept the request")
    reader.reads("The first check is done. A second officer looks at the request now.")


@pytest.mark.parametrize(("language", "width"), WAYS)
def test_a_visitor_without_an_account_follows_and_claims_a_request(
    new_reader: Made, language: str, width: str
) -> None:
    small.offer(new_reader, "WALK_PLAIN", PLAIN)
    visitor = somebody("visitor", language)
    counter = new_reader(language, width=width)
    staff.sign_in(counter, "salma")
    counter.open("/counter")
    counter.follow(small.title("WALK_PLAIN")[language])
    account.fill_in_names(counter, visitor)
    counter.looks("visitor-person")
    counter.press("Begin")
    sent = small.fill_in_and_send(counter)
    counter.looks("visitor-sent")
    counter.press("Print the slip")
    expect(counter.page.locator("body")).to_contain_text(sent.code)

    stranger = new_reader(language, width=width)
    filing.follow_without_account(stranger, sent, hidden=visitor.called(language))
    stranger.looks("visitor-followed")
    account.sign_in(stranger, f"visitor.{language}@example.org")
    stranger.open(f"/requests/claim?reference={sent.reference}")
    stranger.fill("Follow-up code", sent.code, context="request")
    birth = "Date of birth of the person whom the request is for"
    stranger.fill_date(stranger.group(stranger.say(birth)), *visitor.birth)
    stranger.choose("Who is this?", "This is me")
    stranger.looks("visitor-claim")
    stranger.press("Add the request")
    stranger.reads_text(sent.reference, visitor.called(language))
    stranger.reads("The request was added to an account")


@pytest.mark.parametrize(("language", "width"), WAYS)
def test_a_refusal_is_appealed_against_and_opened_again(
    new_reader: Made, language: str, width: str
) -> None:
    small.offer(new_reader, "WALK_PLAIN", PLAIN)
    walk = Walk(new_reader=new_reader, language=language, width=width)
    citizen, sent = walk.filed("refused", "WALK_PLAIN")
    officer = walk.staff("maher")
    desk.open_case(officer, sent.reference)
    desk.take(officer)
    desk.refuse(officer, "There is already a request for the same thing.")

    citizen.open(f"/requests/{sent.reference}")
    citizen.reads("Why the request was refused")
    citizen.reads("You can appeal against the refusal until %(day)s.")
    citizen.looks("appeal-refused")
    citizen.press("Appeal against the refusal")
    citizen.fill("Why is the refusal wrong?", "لا يوجد طلب آخر")
    citizen.looks("appeal-form")
    citizen.press("File the appeal")
    citizen.reads("Waits for a decision")

    head = walk.staff("yusuf")
    head.open("/desk/queue?tab=appeals")
    head.follow(sent.reference)
    head.press("Read the appeal")
    head.reads_text("لا يوجد طلب آخر")
    head.fill("Reasons of the decision, as the citizen reads them", "صحيح، نعيد النظر")
    head.looks("appeal-decision")
    head.press("Open the request again")
    head.reads("The request is open again and waits to be checked. The citizen has been told.")
    citizen.open(f"/requests/{sent.reference}")
    citizen.reads("The decision was taken back, and the request is checked anew")
    citizen.reads("Your appeal is decided.")
    citizen.looks("appeal-reopened")


@pytest.mark.parametrize(("language", "width"), OTHER_WAYS)
def test_a_document_is_handed_over_to_a_proxy_with_their_paper(
    new_reader: Made, language: str, width: str
) -> None:
    small.offer(new_reader, "WALK_PLAIN", PLAIN)
    walk = Walk(new_reader=new_reader, language=language, width=width)
    citizen, sent = walk.filed("proxy", "WALK_PLAIN")
    officer = walk.staff("rana")
    accept(officer, sent.reference)

    officer.press("Hand over …")
    officer.looks("proxy-hand-over")
    officer.press("Hand over")
    officer.looks("proxy-error")
    desk.hand_over_to_proxy(officer, "سامي المثال", "77-2026")
    officer.reads("Handed over to somebody with authority, receipt %(number)s")
    officer.looks("proxy-done")
    officer.open(f"/desk/cases/{sent.reference}/receipt")
    expect(officer.page.locator("body")).to_contain_text("سامي المثال")
    officer.shot("proxy-receipt")
    citizen.open(f"/requests/{sent.reference}")
    citizen.reads("The document was handed over to somebody with the applicant’s authority")


def accept(officer: Reader, reference: str) -> None:
    """Check a request and accept it."""
    desk.open_case(officer, reference)
    desk.take(officer)
    desk.accept_everything(officer)
    desk.accept_the_request(officer)


@pytest.mark.parametrize(("language", "width"), OTHER_WAYS)
def test_a_consignment_goes_out_and_comes_back_with_a_difference(
    new_reader: Made, language: str, width: str
) -> None:
    small.offer(new_reader, "WALK_CAPITAL", [REVIEW, {"kind": "consignment"}, HAND_OVER])
    citizen = new_reader(language, width=width)
    who = somebody("pouch", language)
    names = [small.citizen(citizen, f"pouch.{language}@example.org", who)]
    account.add_person(citizen, people.CHILD)
    names.append(people.CHILD.called(language))
    done, lacking = (small.file(citizen, "WALK_CAPITAL", name).reference for name in names)
    officer = new_reader(language, width=width)
    staff.sign_in(officer, "maher")
    for reference in (done, lacking):
        accept(officer, reference)
        officer.press("Put into the consignment")
        officer.reads("The papers lie in the open consignment.")

    box = pouch.open_box(officer)
    officer.looks("pouch-open")
    pouch.seal(officer, box)
    officer.looks("pouch-sealed")
    pouch.send(officer, box)
    citizen.open(f"/requests/{done}")
    citizen.reads("The papers were sent to Damascus on %(day)s")
    pouch.compare(officer, box, {lacking: "صورة القيد ناقصة"})
    officer.looks("pouch-compared")
    pouch.count_as_returned(officer, box)
    officer.reads("Differences")
    officer.reads_text("صورة القيد ناقصة")
    officer.looks("pouch-returned")
    citizen.open(f"/requests/{lacking}")
    citizen.reads("The papers came back from Damascus on %(day)s and have to be completed")
    citizen.looks("pouch-citizen")


@pytest.mark.parametrize(
    ("language", "width", "login"), [("ar", "desk", "hassan"), ("ru", "phone", "yusuf")]
)
def test_a_cashier_charges_voids_and_balances(
    new_reader: Made, language: str, width: str, login: str
) -> None:
    path = [REVIEW, {"kind": "payment"}, HAND_OVER]
    small.offer(new_reader, "WALK_FEE", path, has_fee=True)
    walk = Walk(new_reader=new_reader, language=language, width=width)
    citizen, sent = walk.filed("fee", "WALK_FEE")
    officer = walk.staff("rana")
    accept(officer, sent.reference)

    cashier = walk.staff(login)
    before = money.open_desk(cashier, login)
    money.take(cashier, sent.reference, "200")
    cashier.looks("cash-receipt")
    money.void(cashier, "المبلغ خطأ")
    money.take(cashier, sent.reference, "200")
    money.close_desk(cashier, login, before + 200)
    cashier.looks("cash-report")
    citizen.open(f"/requests/{sent.reference}")
    citizen.reads("The fee was paid")


@pytest.mark.parametrize(("language", "width"), OTHER_WAYS)
def test_a_view_of_the_queue_leaves_after_the_code_once_more(
    new_reader: Made, language: str, width: str
) -> None:
    head = new_reader(language, width=width)
    staff.sign_in(head, "yusuf")
    head.open("/desk/queue?tab=all&state=submitted")
    staff.let_the_code_age(head.server)
    references = {cell.inner_text() for cell in head.page.locator(".s-table tbody .j-code").all()}
    head.press("Export this list …")
    head.sees_heading("Confirm that it is you")
    head.looks("export-confirm")
    staff.confirm(head, "yusuf")
    head.main.locator("input[value=csv]").check()
    head.looks("export-ask")
    head.press("Build the file")
    body = fetched(head)
    head.looks("export-ready")

    text = body.decode("utf-8-sig")
    assert references and all(reference in text for reference in references)


def fetched(reader: Reader) -> bytes:
    """Wait until a file is built, and return it."""
    link = reader.control(reader.say("Download the file"))
    expect(link).to_be_visible(timeout=SLOW_S * 1000)
    with reader.page.expect_download() as arrived:
        link.click()
    body: bytes = arrived.value.path().read_bytes()
    return body
