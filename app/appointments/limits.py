"""How often a time may be kept: by account, by person and by network, apart from all other limits.

Keeping times and letting them go costs nobody anything, and each one is a seat that others cannot
have for some minutes.
"""

from datetime import timedelta

from flask import current_app
from sqlalchemy import bindparam, func, select

from app.accounts import queries as accounts
from app.accounts import throttle
from app.accounts.models import Person
from app.accounts.throttle import Limit
from app.appointments.models import Booking, BookingState
from app.appointments.refusals import ManyAlready
from app.cases.models import Case
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import BigKey, UtcDateTime, db

BY_PERSON = Limit(name="hold:person", most=20, window=timedelta(hours=1))
BY_ACCOUNT = Limit(name="hold:account", most=60, window=timedelta(hours=1))
BY_NETWORK = Limit(name="hold:network", most=600, window=timedelta(hours=1))
"""A hostel or a phone company stands behind one address, so it is many times what one may."""


def count_hold(fingerprint: str, actor: Actor, *, network: str | None) -> None:
    """Count a time that is being kept, at the end of its own transaction; raise TooMany.

    `network` is the address that it comes from. At the end, because those who share an address
    wait for one another from here on.
    """
    tries = [(BY_PERSON, fingerprint), (BY_ACCOUNT, f"{actor.kind.value}:{actor.id}")]
    throttle.count_all([*tries, (BY_NETWORK, throttle.network_of(network))])


def refuse_more(*, actor: Actor) -> None:
    """Refuse a citizen whose account has more appointments to come than it may have by itself.

    Asked once the ones that are being confirmed count. Persons whom staff have seen do not count,
    nor does what staff give. The account's row is locked, so that two confirmations see each
    other: what PostgreSQL counts in the statement that waits for the lock is as old as its begin.
    Raises ManyAlready.
    """
    if actor.kind is not ActorKind.CITIZEN:
        return
    most: int = current_app.config["SETTINGS"].bookings_per_account
    accounts.lock_account(actor.id or 0)
    asked = {"account_id": actor.id, "now": clock.now()}
    if (db.session.connection().scalar(_TO_COME, asked) or 0) > most:
        raise ManyAlready(most=most)


_TO_COME = (
    select(func.count(Booking.id))
    .join(Case, Case.id == Booking.case_id)
    .join(Person, Person.id == Case.person_id)
    .where(
        Case.account_id == bindparam("account_id", type_=BigKey),
        Person.verified_at.is_(None),
        Booking.state == BookingState.BOOKED,
        Booking.starts_at > bindparam("now", type_=UtcDateTime()),
    )
)
"""Written once, as what a crowd asks."""
