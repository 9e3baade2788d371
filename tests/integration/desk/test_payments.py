"""The counter: a payment, its receipt, the void, the report, the slip, the warning."""

import io

import pytest
from flask import Flask

from app.accounts.models import Account
from app.cases import queries as cases
from app.cases.rules import State
from app.core import clock
from app.core.actor import SYSTEM, Role
from app.core.db import db, transaction
from app.payments import queries
from tests.factories import families, files, letters, money, people
from tests.integration.desk.conftest import Officer, drain, officer_at
from tests.integration.portal.conftest import Citizen, make_citizen


@pytest.fixture
def cashier(app: Flask) -> Officer:
    return officer_at(app, Role.CASHIER)


def at_payment(app: Flask, citizen: Citizen) -> str:
    with app.app_context(), transaction():
        money.publish(path=("review", "payment", "hand_over"))
    return citizen.make("accepted")


def open_desk(cashier: Officer, opening: str = "0") -> None:
    cashier.visitor.open("/en/desk/payments/cash")
    cashier.visitor.submit({"currency": "USD", "opening": opening}, button="Open the cash desk")


def take(cashier: Officer, reference: str, given: str = "200") -> None:
    cashier.visitor.open("/en/desk/payments")
    cashier.visitor.submit({"reference": reference}, button="Take a payment")
    cashier.visitor.submit({"given": given}, button="Confirm and give a receipt")


def test_a_cashier_takes_a_fee_and_prints_the_receipt(app: Flask, cashier: Officer) -> None:
    citizen = make_citizen(app)
    reference = at_payment(app, citizen)
    assert "Pay the fee" in citizen.open(f"/requests/{reference}").text
    open_desk(cashier)

    take(cashier, reference)

    page = cashier.visitor.page
    assert page.status == 200 and "The fee is paid in full" in page.text, page.errors
    assert page.heading == "Payment taken"
    href = page.link("Print the receipt")
    paper = cashier.visitor.open(href)
    assert paper.language == "ar"  # that of the citizen
    assert paper.link("Back") == f"/en/desk/payments/{reference}"
    for language in ("ar", "ru", "en"):
        paper = cashier.visitor.open(f"{href}?in={language}")
        assert paper.status == 200 and "-000001" in paper.text and reference in paper.text
    own = citizen.open(f"/requests/{reference}/payment")
    assert "Paid" in own.text and "-000001" in own.text
    assert citizen.visitor.follow("Print the receipt").status == 200
    with app.app_context():
        assert cases.get_case(reference, SYSTEM).state is State.READY


@pytest.mark.parametrize("given", ["199", "201", "two hundred", ""])
def test_another_amount_is_said_beside_the_field(app: Flask, cashier: Officer, given: str) -> None:
    reference = at_payment(app, make_citizen(app))
    open_desk(cashier)

    take(cashier, reference, given)

    page = cashier.visitor.page
    assert page.status == 422 and len(page.errors) == 1
    with app.app_context():
        assert not queries.list_receipts(cases.get_id(reference, SYSTEM))


def test_without_a_desk_nothing_is_taken(app: Flask, cashier: Officer) -> None:
    reference = at_payment(app, make_citizen(app))

    take(cashier, reference)

    assert cashier.visitor.page.status == 422
    assert "Open your cash desk" in cashier.visitor.page.errors[0]


def test_that_no_desk_is_open_is_said_before_a_sum_is_typed(app: Flask, cashier: Officer) -> None:
    reference = at_payment(app, make_citizen(app))
    said = "You have not opened a cash desk"
    assert said in cashier.visitor.open("/en/desk/payments").text
    assert said in cashier.visitor.open(f"/en/desk/payments/{reference}").text

    cashier.visitor.follow("Open the cash desk")
    page = cashier.visitor.submit({"opening": "0"}, button="Open the cash desk")

    assert page.url == f"/en/desk/payments/{reference}" and said not in page.text
    assert said not in cashier.visitor.open("/en/desk/payments").text
    paid = cashier.visitor.open(f"/en/desk/payments/{reference}")
    paid = cashier.visitor.submit({"given": "200"}, button="Confirm and give a receipt")
    assert paid.status == 200 and "Print the receipt" in paid.text


def test_a_desk_of_another_currency_is_not_enough(app: Flask, cashier: Officer) -> None:
    reference = at_payment(app, make_citizen(app))
    cashier.visitor.open("/en/desk/payments/cash")
    cashier.visitor.submit({"currency": "RUB", "opening": "0"}, button="Open the cash desk")

    page = cashier.visitor.open(f"/en/desk/payments/{reference}")
    assert "in this currency today" in page.text
    page = cashier.visitor.follow("Open the cash desk")

    chosen = [
        one.get("value") for one in page.root.iter("option") if one.get("selected") is not None
    ]
    assert chosen == ["USD"]


def test_a_receipt_is_voided_and_the_desk_is_closed(app: Flask, cashier: Officer) -> None:
    citizen = make_citizen(app)
    reference = at_payment(app, citizen)
    open_desk(cashier, "50")
    take(cashier, reference)

    cashier.visitor.follow("Void the receipt")
    page = cashier.visitor.submit({"reason": "خطأ في الطلب"}, button="Void the receipt")

    assert "Voided" in page.text and "To be paid" in page.text
    assert "خطأ في الطلب" in citizen.open(f"/requests/{reference}/payment").text
    take(cashier, reference)
    cashier.visitor.open("/en/desk/payments/cash")
    cashier.visitor.follow("USD")
    asked = cashier.visitor.submit({"counted": "249.50"}, button="Close the cash desk")
    assert "Close the cash desk for good?" in asked.text
    assert "minus 0.50 US dollars" in asked.text
    asked = cashier.visitor.submit({"remark": " "}, button="Close it for good")
    assert asked.status == 422 and "Say how the difference" in asked.errors[0]
    report = cashier.visitor.submit({"remark": "Wrong change"}, button="Close it for good")
    assert "Wrong change" in report.text
    words = ["50 US dollars", "400 US dollars", "250 US dollars", "minus 0.50 US dollars"]
    assert all(word in report.text for word in words), report.text
    assert "Close the cash desk" not in report.text


def test_a_desk_that_is_closed_for_today_is_said_before_anything_is_typed(
    app: Flask, cashier: Officer
) -> None:
    citizen = make_citizen(app)
    paid, owing = at_payment(app, citizen), citizen.make("accepted")
    open_desk(cashier, "0")
    take(cashier, paid)
    cashier.visitor.open("/en/desk/payments/cash")
    cashier.visitor.follow("USD")
    cashier.visitor.submit({"counted": "200"}, button="Close the cash desk")
    cashier.visitor.submit({}, button="Close it for good")

    open_desk(cashier, "0")
    again = cashier.visitor.page
    assert again.status == 422 and "is closed for today" in again.errors[0]
    page = cashier.visitor.open(f"/en/desk/payments/{owing}")
    assert "is closed for today" in page.text and "Amount taken in cash" not in page.text
    cashier.visitor.open(f"/en/desk/payments/{paid}")
    page = cashier.visitor.follow("Void the receipt")
    assert "no desk can give it back" in page.text and "Kept with the receipt" not in page.text


def test_a_slip_is_confirmed_by_an_officer(app: Flask) -> None:
    citizen, officer = make_citizen(app), officer_at(app, Role.OFFICER)
    reference = at_payment(app, citizen)
    send_slip(citizen, reference)
    drain(app)

    officer.visitor.open("/en/desk/payments/slips")
    officer.visitor.follow(reference)
    image = officer.visitor.client.get(officer.visitor.page.link("Page 1"))
    page = officer.visitor.submit(button="The money has arrived")

    assert image.status_code == 200 and image.mimetype == "image/jpeg"
    assert page.status == 200 and "No slip waits" in page.text
    assert "Confirmed" in citizen.open(f"/requests/{reference}/payment").text
    with app.app_context():
        assert cases.get_case(reference, SYSTEM).state is State.READY


def make_family(app: Flask, citizen: Citizen, count: int = 3) -> list[str]:
    """Return the references of a filing of the citizen that owes its fees."""
    with app.test_request_context(), transaction():
        account = db.session.get_one(Account, citizen.account_id)
        return [one.reference for one in families.submitted(account, count)]


def test_a_household_pays_at_the_counter_with_one_receipt(app: Flask, cashier: Officer) -> None:
    citizen = make_citizen(app)
    references = make_family(app, citizen)
    open_desk(cashier)
    cashier.visitor.open("/en/desk/payments")
    page = cashier.visitor.submit({"reference": references[1]}, button="Take a payment")
    assert all(one in page.text for one in references) and "600 US dollars" in page.text

    wrong = cashier.visitor.submit({"given": "200"}, button="Confirm and give one receipt")
    assert wrong.status == 422 and len(wrong.errors) == 1
    cashier.visitor.submit({"given": "600"}, button="Confirm and give one receipt")

    paper = cashier.visitor.open(cashier.visitor.page.link("Print the receipt"))
    assert paper.status == 200 and "-000001" in paper.text
    assert all(one in paper.text for one in references)
    share = cashier.visitor.open(f"/en/desk/payments/{references[2]}")
    assert "A share of one receipt for several persons, 600 US dollars in all" in share.text
    cashier.visitor.follow("Void the receipt")
    asked = cashier.visitor.page.text
    assert "600 US dollars" in asked and all(one in asked for one in references)
    done = cashier.visitor.submit({"reason": "خطأ"}, button="Void the receipt")
    assert done.errors == [] and "voided" in done.text, done.text
    cashier.visitor.open("/en/desk/payments/cash")
    shown = cashier.visitor.follow("USD")
    assert shown.link(references[1]) == f"/en/desk/payments/{references[1]}"
    assert "خطأ" in shown.text and shown.link("-000001").startswith("/en/desk/payments/receipts/")
    report = shown.text
    assert report.count("-000001") == 1 and all(one in report for one in references)


def test_one_of_a_household_pays_alone(app: Flask, cashier: Officer) -> None:
    references = make_family(app, make_citizen(app), 2)
    open_desk(cashier)
    cashier.visitor.open(f"/en/desk/payments/{references[0]}")
    assert "Filed together: 400 US dollars is due in all." in cashier.visitor.page.text

    cashier.visitor.submit({"given": "200"}, button="Confirm and give a receipt")

    rest = cashier.visitor.open(f"/en/desk/payments/{references[1]}/together")
    assert rest.url == f"/en/desk/payments/{references[1]}"
    assert "Filed together" not in rest.text and "Due: 200 US dollars" in rest.text


def test_a_slip_of_a_household_is_confirmed_for_all(app: Flask) -> None:
    citizen, officer = make_citizen(app), officer_at(app, Role.OFFICER)
    references = make_family(app, citizen)
    send_slip(citizen, references[0], "600", together=True)
    drain(app)
    for reference in references:
        assert "Being checked" in citizen.open(f"/requests/{reference}/payment").text
    officer.visitor.open("/en/desk/payments/slips")
    officer.visitor.follow(references[0])
    assert all(one in officer.visitor.page.text for one in references)

    officer.visitor.submit(button="The money has arrived")

    for reference in references:
        page = citizen.open(f"/requests/{reference}/payment")
        assert "Confirmed" in page.text and "600 US dollars in all" in page.text


def send_slip(
    citizen: Citizen, reference: str, amount: str = "200", *, together: bool = False
) -> None:
    citizen.open(f"/requests/{reference}/payment")
    if together:
        citizen.visitor.follow("Pay for all of them at once")
    slip = (io.BytesIO(files.jpeg()), "slip.jpg")
    today = clock.today("Europe/Moscow")
    day = [str(today.day), str(today.month), str(today.year)]
    citizen.submit({"amount": amount, "paid_on": day, "file": slip}, "Send the slip")
    assert citizen.page.errors == []


def test_a_slip_is_refused_with_a_reason(app: Flask) -> None:
    citizen, officer = make_citizen(app), officer_at(app, Role.OFFICER)
    reference = at_payment(app, citizen)
    send_slip(citizen, reference, "150")
    assert "Your slip was received" in citizen.page.text
    drain(app)
    officer.visitor.open("/en/desk/payments/slips")
    officer.visitor.follow(reference)
    wrong = officer.visitor.submit(button="The money has arrived")
    assert wrong.status == 422 and "not for the amount" in wrong.errors[0]

    officer.visitor.submit({"reason": "المبلغ ناقص"}, button="Refuse the slip")

    page = citizen.open(f"/requests/{reference}/payment")
    assert "Not accepted" in page.text and "المبلغ ناقص" in page.text
    assert "Send the slip" in page.text


def test_what_was_not_looked_at_proves_nothing(app: Flask) -> None:
    citizen, officer = make_citizen(app), officer_at(app, Role.OFFICER)
    reference = at_payment(app, citizen)
    send_slip(citizen, reference)
    officer.visitor.open("/en/desk/payments/slips")
    officer.visitor.follow(reference)

    page = officer.visitor.submit(button="The money has arrived")

    assert page.status == 422 and "not checked yet" in page.errors[0]


def test_an_unpaid_fee_is_said_before_the_hand_over(app: Flask) -> None:
    officer = officer_at(app, Role.OFFICER, Role.HEAD)
    with app.app_context(), transaction():
        letters.publish()
        reference = letters.ready(people.account(), officer.actor).reference
    address = f"/en/desk/cases/{reference}/hand-over"
    assert "The fee is not paid: 200 US dollars" in officer.visitor.open(address).text
    assert officer.visitor.page.link("Take a payment") == f"/en/desk/payments/{reference}"
    open_desk(officer)

    take(officer, reference)

    assert "The fee is not paid" not in officer.visitor.open(address).text


def test_another_post_and_another_citizen_see_nothing(app: Flask, cashier: Officer) -> None:
    citizen = make_citizen(app)
    reference = at_payment(app, citizen)
    open_desk(cashier)
    take(cashier, reference)
    receipt = cashier.visitor.page.link("Print the receipt")
    own = citizen.open(f"/requests/{reference}/payment").link("Print the receipt")
    other = officer_at(app, Role.CASHIER, post="berlin", prefix="JB")
    stranger = make_citizen(app)

    assert other.visitor.open(receipt).status == 404
    assert other.visitor.open(f"/en/desk/payments/{reference}").status == 404
    assert stranger.visitor.open(own).status == 404
    assert stranger.open(f"/requests/{reference}/payment").status == 404


def test_a_number_that_nobody_has_is_said(app: Flask, cashier: Officer) -> None:
    assert "Nobody who is here" in cashier.visitor.open("/en/desk/payments").text

    wrong = cashier.visitor.open("/en/desk/payments?reference=JM-2345-6789-A")

    assert wrong.status == 404 and wrong.errors == ["No request of this post has this number."]
