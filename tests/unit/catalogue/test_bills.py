"""What is owed: fees, what is added, what is waived, and which day counts."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue import fees
from app.catalogue.definition import document as definition
from app.catalogue.definition.conditions import Applicant
from app.catalogue.definition.elements import Definition
from app.catalogue.fees import Claim, LineKind
from tests.unit.catalogue.conftest import minimal_service, question, words

CUT, LATER = date(2026, 1, 1), date(2026, 7, 1)


def dated(key: str, **more: Any) -> dict[str, Any]:
    """Return a line in force from the beginning of 2026.  (Any: JSON)"""
    usual = {"key": key, "label": words(key), "legal_basis": words("Law 2/2018")}
    return {**usual, "valid_from": "2026-01-01", **more}


def birth_registration(**more: Any) -> Definition:
    """Return the registration of a birth, 25 dollars, with fines for being late."""
    late = {"amount": 5000, "currency": "USD"}
    document = minimal_service() | {
        "pages": [
            {
                "key": "event",
                "title": words("Birth"),
                "fields": [question("born_on", "date"), question("student", "yes_no")],
            }
        ],
        "fees": [dated("flat", amount=2500, currency="USD", category="any")],
        "add_ons": [
            dated("late", when={"field": "born_on", "older_than": 90}, **late),
            dated("very_late", when={"field": "born_on", "older_than": 365}, **late),
        ],
        "waivers": [
            dated("students", percent=100, when={"field": "student", "is": True}),
            dated("hardship", percent=50, by_officer=True, with_add_ons=True),
            dated("campaign", percent=20, valid_from="2026-03-01", valid_to="2026-03-31"),
        ],
    }
    return definition.parse({**document, **more})


def claim(on: date, *, granted: tuple[str, ...] = (), **answers: object) -> Claim:
    applicant = Applicant(category="citizen", age=30, on=on)
    return Claim(
        variant=None, category="citizen", answers=answers, applicant=applicant, granted=granted
    )


@pytest.mark.parametrize(
    ("on", "answers", "granted", "total", "lines"),
    [
        (CUT, {"born_on": "2025-12-30"}, (), 2500, ["flat"]),
        (CUT, {"born_on": "2025-10-02"}, (), 7500, ["flat", "late"]),
        (CUT, {"born_on": "2025-10-03"}, (), 2500, ["flat"]),
        (CUT, {"born_on": "2025"}, (), 2500, ["flat"]),
        (CUT, {"born_on": "2024"}, (), 12500, ["flat", "late", "very_late"]),
        (CUT, {}, (), 2500, ["flat"]),
        (CUT, {"student": True}, (), 0, ["flat", "students/flat"]),
        (CUT, {"student": False}, (), 2500, ["flat"]),
        (date(2026, 3, 31), {}, (), 2000, ["flat", "campaign/flat"]),
        (date(2026, 4, 1), {}, (), 2500, ["flat"]),
        (
            CUT,
            {"born_on": "2025-10-02"},
            ("hardship",),
            3750,
            ["flat", "late", "hardship/flat", "hardship/late"],
        ),
        (date(2026, 3, 1), {"student": True}, ("hardship",), 0, ["flat", "students/flat"]),
    ],
)
def test_a_bill_names_the_lines_that_made_it(
    on: date, answers: dict[str, object], granted: tuple[str, ...], total: int, lines: list[str]
) -> None:
    bill = fees.bill(birth_registration(), claim(on, granted=granted, **answers), on=on)

    assert [line.key for line in bill.lines] == lines
    assert dict(bill.total) == {"USD": total}


@pytest.mark.parametrize(
    ("rule", "amount"),
    [("submission", 2500), ("payment", 4000), ("lower", 2500)],
)
def test_a_fee_that_rises_after_the_request_follows_the_rule_of_the_service(
    rule: str, amount: int
) -> None:
    changed = [
        dated("old", amount=2500, currency="USD", category="any", valid_to="2026-06-30"),
        dated("new", amount=4000, currency="USD", category="any", valid_from="2026-07-01"),
    ]
    service = birth_registration(fees=changed, waivers=[], fee_rule=rule)

    bill = fees.bill_by_rule(service, claim(CUT), submitted_on=CUT, paid_on=LATER)

    assert dict(bill.total) == {"USD": amount}


def test_a_fee_that_falls_is_lower_for_whoever_pays_later() -> None:
    changed = [
        dated("old", amount=4000, currency="USD", category="any", valid_to="2026-06-30"),
        dated("new", amount=2500, currency="USD", category="any", valid_from="2026-07-01"),
    ]
    service = birth_registration(fees=changed, waivers=[], fee_rule="lower")

    bill = fees.bill_by_rule(service, claim(CUT), submitted_on=CUT, paid_on=LATER)

    assert (bill.on, dict(bill.total)) == (LATER, {"USD": 2500})


@given(st.integers(0, 10**9), st.integers(1, 100))
def test_a_waiver_never_takes_more_than_the_charge_and_never_a_fraction(
    amount: int, percent: int
) -> None:
    service = birth_registration(
        fees=[dated("flat", amount=amount, currency="USD", category="any")],
        add_ons=[],
        waivers=[dated("part", percent=percent, valid_to="2026-12-31")],
    )

    bill = fees.bill(service, claim(CUT), on=CUT)

    waived = sum(-line.amount for line in bill.lines if line.kind is LineKind.WAIVER)
    assert amount * percent <= waived * 100 < amount * percent + 100
    assert 0 <= bill.total.get("USD", 0) <= amount
