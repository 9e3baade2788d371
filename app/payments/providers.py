"""Where a citizen is led to pay, and how the provider's word is told from anybody's."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode

from app.core import callbacks
from app.core.text import clean_line
from app.payments.models import OnlinePayment

TEST = "test"
MOST = 2**31 - 1
"""The largest amount that is stored."""
AT, SIGNATURE = "X-Payment-Time", "X-Payment-Signature"


class Forged(Exception):
    """A message does not come from the provider, or cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What a provider says of a payment, by our uid; the amount is in minor units."""

    uid: str
    is_paid: bool
    amount: int
    currency: str


class Provider(Protocol):
    """What is needed of a payment provider; no method opens a connection."""

    @property
    def name(self) -> str:
        """Return what the settings call it."""

    def address(self, payment: OnlinePayment, *, back: str, notify: str, now: datetime) -> str:
        """Return where the citizen is led; from there they come `back`, and it calls `notify`."""

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Word:
        """Return what a callback says; raise Forged for what the provider did not sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestProvider:
    """A provider that takes no money: for tests, the demonstration and as the model of others."""

    __test__ = False  # pytest: no test in spite of its name
    url: str
    secret: str

    @property
    def name(self) -> str:
        """Return what the settings call it."""
        return TEST

    def address(self, payment: OnlinePayment, *, back: str, notify: str, now: datetime) -> str:
        """Return its page, with all that it must know signed."""
        query = urlencode(
            {
                "payment": payment.uid,
                "amount": payment.amount,
                "currency": payment.currency,
                "back": back,
                "notify": notify,
                "at": int(now.timestamp()),
            }
        )
        signature = callbacks.sign(self.secret, int(now.timestamp()), query.encode())
        return f"{self.url}?{query}&signature={signature}"

    def read(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Word:
        """Return what its signed JSON says."""
        at, signature = headers.get(AT, ""), headers.get(SIGNATURE, "")
        if not callbacks.is_genuine(self.secret, at, body, signature, now=now):
            raise Forged
        try:
            said = json.loads(body)
            return Word(
                uid=_text(said["payment"]),
                is_paid=said["status"] == "paid",
                amount=_amount(said["amount"]),
                currency=_currency(said["currency"]),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Forged from None


def _text(said: object) -> str:
    # What is no text for a database (a NUL, half a character) names no payment.
    return clean_line(str(said))


def _amount(said: object) -> int:
    """Return a whole number of minor units, as no part of one may be cut off; or ValueError."""
    if type(said) is not int or not 0 < said <= MOST:
        raise ValueError("no amount")
    return said


def _currency(said: object) -> str:
    # What is stored has three letters; a longer one must not be cut into another currency.
    if not isinstance(said, str) or len(said) != 3:
        raise ValueError("no currency")
    return said


def of(name: str, *, url: str, secret: str) -> Provider | None:
    """Return the provider that the settings name, None for none."""
    return TestProvider(url=url, secret=secret) if name == TEST else None
