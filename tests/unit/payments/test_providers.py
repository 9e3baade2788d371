"""What a provider signed is read only as far as it makes sense."""

import json
from datetime import UTC, datetime

import pytest

from app.core import callbacks
from app.payments.providers import AT, SIGNATURE, Forged, TestProvider, Word

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PROVIDER = TestProvider(url="https://pay.example", secret="s" * 32)


def read(body: str) -> Word:
    at = int(NOW.timestamp())
    signature = callbacks.sign(PROVIDER.secret, at, body.encode())
    return PROVIDER.read({AT: str(at), SIGNATURE: signature}, body.encode(), now=NOW)


def said(amount: str = "200", payment: str = '"a1"') -> str:
    return f'{{"payment": {payment}, "status": "paid", "amount": {amount}, "currency": "USD"}}'


def test_a_whole_amount_is_read() -> None:
    assert read(said()) == Word(uid="a1", is_paid=True, amount=200, currency="USD")


@pytest.mark.parametrize(
    "amount",
    ["200.99", "200.0", '"200"', "-5", "0", "true", "Infinity", "NaN", "1e30", str(10**30)],
)
def test_an_amount_that_is_not_whole_or_cannot_be_stored_is_refused(amount: str) -> None:
    with pytest.raises(Forged):
        read(said(amount))


@pytest.mark.parametrize(
    "body", ["[" * 9900, said(payment=json.dumps("\ud800")), said(payment=json.dumps("a\0"))]
)
def test_what_no_database_can_look_up_is_refused(body: str) -> None:
    with pytest.raises(Forged):
        read(body)
