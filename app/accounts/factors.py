"""Signing in as staff: a password first, then a code of the authenticator app.

Nothing is permitted between the two. Each code is good once, and the second factor has a
throttle of its own.
"""

import hmac
from datetime import timedelta

import pyotp
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.accounts import passwords, queries, rules, throttle
from app.accounts.models import StaffMember
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.db import count_changed
from app.core.errors import Invalid

ISSUER = "Jaliya"
STEP_S = 30
WINDOW = (-1, 0, 1)

# By name alone ten times as many as from one network, which then cannot lock a name out.
PASSWORD_FROM_THERE = Limit(name="password:there", most=10, window=timedelta(minutes=15))
PASSWORD_BY_NAME = Limit(name="password:name", most=100, window=timedelta(minutes=15))
PASSWORD_BY_NETWORK = Limit(name="password:network", most=20, window=timedelta(minutes=10))
PASSWORD_BY_ALL = Limit(name="password:all", most=1000, window=timedelta(minutes=5))
SECOND_BY_STAFF = Limit(name="second:staff", most=5, window=timedelta(minutes=15))
SECOND_BY_NETWORK = Limit(name="second:network", most=20, window=timedelta(minutes=15))


class WrongPassword(Invalid):
    """Login or password is wrong, or nobody has this login, or they left: all look the same."""

    message = _l("Login or password is wrong.")


class WrongSecondFactor(Invalid):
    """The code is not one of the present half minute, or it was used."""

    message = _l("This code is wrong or was used already. Wait for the next one in the app.")


def count_password_try(login: str, *, network: str | None) -> None:
    """Count a try before it is judged, in a transaction that commits; raise TooMany."""
    name = queries.normal_login(login)
    throttle.count_network(PASSWORD_BY_NETWORK, network)
    throttle.count_from(PASSWORD_FROM_THERE, name, network)
    throttle.count(PASSWORD_BY_NAME, name)
    throttle.count(PASSWORD_BY_ALL, throttle.EVERYBODY)


def get_by_password(login: str, password: str) -> StaffMember:
    """Return who has this login and password, or raise WrongPassword after equal work."""
    staff = queries.find_staff(login)
    is_here = staff is not None and staff.disabled_at is None
    is_right = passwords.is_right(password, staff.password_hash if staff else None)
    if staff is None or not is_here or not is_right:
        raise WrongPassword()
    return staff


def begin(staff: StaffMember, *, network: str | None) -> str:
    """Take back the counted tries and return the step that comes next.

    "totp", or "totp_setup" with a fresh secret when none was ever confirmed.
    """
    throttle.forgive_from(PASSWORD_FROM_THERE, staff.login, network)
    throttle.forgive(PASSWORD_BY_NAME, staff.login)
    throttle.forgive_network(PASSWORD_BY_NETWORK, network)
    if staff.has_second_factor:
        return "totp"
    staff.totp = pyotp.random_base32()
    return "totp_setup"


def count_second_factor_try(staff_id: int, *, network: str | None) -> None:
    """Count a try before it is judged, in a transaction that commits; raise TooMany."""
    throttle.count_network(SECOND_BY_NETWORK, network)
    throttle.count(SECOND_BY_STAFF, str(staff_id))


def pass_second_factor(staff_id: int, typed: str, *, network: str | None) -> StaffMember:
    """Return who signs in with a code that is right and new; raise WrongSecondFactor otherwise."""
    staff = check_second_factor(staff_id, typed, network=network)
    actor = Actor(kind=ActorKind.STAFF, id=staff.id)
    audit.record("staff_signed_in", actor=actor, object_kind="staff", object_uid=staff.uid)
    return staff


def check_second_factor(staff_id: int, typed: str, *, network: str | None) -> StaffMember:
    """Return who gave a code that is right and new; raise WrongSecondFactor otherwise."""
    staff = queries.get_staff(staff_id)
    step = _find_step(staff, rules.code_of(typed))
    if step is None or not _use_step(staff, step):
        raise WrongSecondFactor()
    throttle.forgive(SECOND_BY_STAFF, str(staff_id))
    throttle.forgive_network(SECOND_BY_NETWORK, network)
    return staff


def set_up_address(staff: StaffMember) -> str:
    """Return the otpauth address that an authenticator app reads from the QR."""
    return pyotp.TOTP(staff.totp or "").provisioning_uri(name=staff.login, issuer_name=ISSUER)


def _find_step(staff: StaffMember, code: str) -> int | None:
    if not staff.totp or staff.disabled_at is not None:
        return None
    totp = pyotp.TOTP(staff.totp)
    now = int(clock.now().timestamp()) // STEP_S
    matching = [
        now + shift for shift in WINDOW if hmac.compare_digest(totp.generate_otp(now + shift), code)
    ]
    return matching[0] if matching else None


def _use_step(staff: StaffMember, step: int) -> bool:
    """Note the step as used, unless it or a later one was: a code is good once."""
    used = count_changed(
        update(StaffMember)
        .where(StaffMember.id == staff.id, StaffMember.totp_counter < step)
        .values(totp_counter=step)
    )
    return used == 1
