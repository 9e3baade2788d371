"""Codes that go by text to phones that a stranger may have typed: where to, and how many.

A text costs money, and whoever owns a dear range of numbers earns by every code that is sent there
("SMS pumping"). So codes go to named countries alone, and so many a day for all together.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flask import current_app
from flask_babel import lazy_gettext as _l
from phonenumbers import country_code_for_region
from sqlalchemy import select

from app.accounts import throttle
from app.accounts.models import Attempt
from app.accounts.throttle import Limit
from app.core import phones
from app.core.db import db
from app.core.errors import Invalid, TooMany
from config import SettingsError

PREFIXES = (f"+{country_code_for_region(phones.HOME_REGION)}", "+963")
"""Of the region and of Syria."""
A_DAY = 500
DAY = timedelta(days=1)

# What one network may ask for one phone, so that it cannot use up what the phone has. A browser
# in which the owner has been before has as much as all others together.
FROM_THERE = Limit(name="text:there", most=5, window=timedelta(hours=1))
FROM_THERE_IN_A_DAY = Limit(name="text:there:day", most=5, window=DAY)
TO_PHONE = Limit(name="text:phone", most=12, window=DAY)
BY_NETWORK = Limit(name="text:network", most=20, window=timedelta(hours=1))
_ALL = "text:all"


class CodesUsedUp(TooMany):
    """An address or a phone was sent all codes of a day, by whomever they were asked for."""

    message = _l(
        "So many codes were asked for here, perhaps by somebody else, that no more are sent today."
        " You still get in by a passkey, by your other address or phone, or on a device on which"
        " you have signed in before."
    )


class NoMoreTexts(TooMany):
    """All codes by text that a day may have were sent."""

    message = _l("No more codes are sent by text today. Use your e-mail address or a passkey.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the operator lets codes by text cost."""

    prefixes: tuple[str, ...] = PREFIXES
    a_day: int = A_DAY

    @property
    def limit(self) -> Limit:
        """Return how many codes go by text in a day, to whatever phones."""
        return Limit(name=_ALL, most=self.a_day, window=DAY)


@lru_cache(maxsize=8)
def read(text: str) -> Terms:
    """Return the terms in the settings of the gateways; raise SettingsError in one sentence."""
    described = json.loads(text).get("codes", {}) if text else {}
    prefixes = tuple(described.get("prefixes", PREFIXES))
    a_day = described.get("a_day", A_DAY)
    if set(described) - {"prefixes", "a_day"}:
        raise SettingsError("SMS_GATEWAYS: codes has prefixes and a_day, nothing else.")
    if not prefixes or not all(_is_prefix(one) for one in prefixes):
        raise SettingsError("SMS_GATEWAYS: a prefix of codes looks like +7.")
    if type(a_day) is not int or a_day < 1:
        raise SettingsError("SMS_GATEWAYS: a_day of codes is a whole number from 1.")
    return Terms(prefixes=prefixes, a_day=a_day)


def _is_prefix(one: object) -> bool:
    if not isinstance(one, str) or not one.startswith("+"):
        return False
    return one[1:].isascii() and one[1:].isdigit() and len(one) <= len("+1234567")


def is_offered() -> bool:
    """Return whether anybody carries short messages here."""
    return bool(_settings())


def terms() -> Terms:
    """Return the terms of this deployment."""
    return read(_settings())


def read_phone(typed: str, *, field: str = "phone") -> str:
    """Return a phone that codes go to, as E.164; raise Invalid for any other."""
    phone = phones.find(typed)
    if phone is None or not phones.takes_texts(phone):
        raise Invalid(
            _l(
                "Enter the number of a mobile phone with its country code,"
                " such as +7 916 123 45 67."
            ),
            field=field,
        )
    if not phone.startswith(terms().prefixes):
        raise Invalid(
            _l("No codes are sent to phones of this country. Use your e-mail address."),
            field=field,
        )
    return phone


def count(phone: str, apart: str, network: str | None) -> None:
    """Count a code for a phone before it is sent; raise TooMany past what is free.

    With a word in `apart`, for a browser in which its owner has been before, the phone is counted
    by itself, so that strangers use nothing of it up.
    """
    throttle.count_network(BY_NETWORK, network)
    throttle.count_from(FROM_THERE, phone + apart, network)
    throttle.count_from(FROM_THERE_IN_A_DAY, phone + apart, network)
    throttle.count(TO_PHONE, phone + apart, CodesUsedUp)
    throttle.count(terms().limit, throttle.EVERYBODY, NoMoreTexts)


def forgive_sent(phone: str, apart: str) -> None:
    """Take back what was counted for a text that was not sent after all."""
    throttle.forgive(TO_PHONE, phone + apart)
    throttle.forgive(terms().limit, throttle.EVERYBODY)


def forgive(phone: str, apart: str, network: str | None) -> None:
    """Take back what the owner of a phone used, who entered the code; what it cost stays."""
    throttle.forgive_from(FROM_THERE, phone + apart, network)
    throttle.forgive_from(FROM_THERE_IN_A_DAY, phone + apart, network)
    throttle.forgive(TO_PHONE, phone + apart)


def used_up(now: datetime) -> float:
    """Return what share of the codes of this day was sent."""
    bucket, window_at = throttle.place(terms().limit, throttle.EVERYBODY, now)
    sent = select(Attempt.count).where(Attempt.bucket == bucket, Attempt.window_at == window_at)
    return (db.session.scalar(sent) or 0) / terms().a_day


def _settings() -> str:
    settings: str = current_app.config["SETTINGS"].sms_gateways
    return settings
