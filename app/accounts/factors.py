"""What is asked at signing in: a password or a code by mail, then a code of the app.

Nothing is permitted between the two. Each code is good once, and the second factor has a
throttle of its own; while that is full, no password of its owner is judged either, so that a new
browser does not learn whether it would be right.
"""

import hmac
from datetime import timedelta

import pyotp
from flask_babel import lazy_gettext as _l
from sqlalchemy import update

from app.accounts import passwords, queries, recovery, rules, telling, throttle
from app.accounts.models import Owner, StaffMember
from app.accounts.rules import SecurityChange
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.db import count_changed, db
from app.core.errors import Invalid

ISSUER = "Jaliya"
STEP_S = 30
WINDOW = (-1, 0, 1)

# By name alone five times as many as from one network, which then cannot lock a name out. A
# browser in which the owner has been before has tries of its own, which no stranger uses up.
PASSWORD_FROM_THERE = Limit(name="password:there", most=10, window=timedelta(minutes=15))
PASSWORD_BY_NAME = Limit(name="password:name", most=50, window=timedelta(minutes=15))
PASSWORD_KNOWN = Limit(name="password:known", most=10, window=timedelta(minutes=15))
PASSWORD_BY_NETWORK = Limit(name="password:network", most=20, window=timedelta(minutes=10))
PASSWORD_BY_ALL = Limit(name="password:all", most=1000, window=timedelta(minutes=5))
SECOND_BY_OWNER = Limit(name="second:owner", most=5, window=timedelta(minutes=15))
SECOND_IN_A_DAY = Limit(name="second:owner:day", most=50, window=timedelta(days=1))
TOLD_OF_TRIES = Limit(name="second:told", most=1, window=timedelta(days=1))
SECOND_BY_NETWORK = Limit(name="second:network", most=20, window=timedelta(minutes=15))


class WrongPassword(Invalid):
    """Login or password is wrong, or nobody has this login, or they left: all look the same."""

    message = _l("Login or password is wrong.")


class WrongAddressOrPassword(WrongPassword):
    """The same for citizens, of whom most have no password."""

    message = _l("Address or password is wrong, or no password was ever set for this address.")


class WrongSecondFactor(Invalid):
    """The code is not one of the present half minute, or it was used."""

    message = _l("This code is wrong or was used already. Wait for the next one in the app.")


def count_password_try(name: str, owner: Owner | None, *, network: str | None) -> None:
    """Count a try before it is judged, in a transaction that commits; raise TooMany."""
    throttle.count_network(PASSWORD_BY_NETWORK, network)
    throttle.count_from(PASSWORD_FROM_THERE, name, network)
    throttle.count(PASSWORD_BY_NAME, name)
    throttle.count(PASSWORD_BY_ALL, throttle.EVERYBODY)
    _wait_for_second_factor(owner)


def count_known_password_try(name: str, owner: Owner | None) -> None:
    """Count a try in a browser where the owner of the name has been before."""
    throttle.count(PASSWORD_KNOWN, name)
    _wait_for_second_factor(owner)


def _wait_for_second_factor(owner: Owner | None) -> None:
    throttle.refuse_when_full(SECOND_BY_OWNER, owner.uid if owner else "nobody")


def check_password(owner: Owner | None, password: str) -> bool:
    """Return whether somebody is here and has this password, after equal work for nobody."""
    is_right = passwords.is_right(password, owner.password_hash if owner else None)
    return is_right and owner is not None and not queries.has_left(owner)


def get_by_password(login: str, password: str) -> StaffMember:
    """Return who has this login and password, or raise WrongPassword after equal work."""
    staff = queries.find_staff(login)
    if not check_password(staff, password) or staff is None:
        raise WrongPassword()
    return staff


def forgive_known_password_try(name: str) -> None:
    """Take back the try of an owner in a browser where they have been before."""
    throttle.forgive(PASSWORD_KNOWN, name)


def forgive_password_try(name: str, *, network: str | None) -> None:
    """Take back the counted tries of who turned out to be the owner."""
    throttle.forgive_from(PASSWORD_FROM_THERE, name, network)
    throttle.forgive(PASSWORD_BY_NAME, name)
    throttle.forgive_network(PASSWORD_BY_NETWORK, network)


def next_step(owner: Owner) -> str:
    """Return what is asked after a first factor.

    "totp", or for staff "totp_setup" when no app was ever confirmed; empty for a citizen who has
    no second factor.
    """
    if owner.has_second_factor:
        return "totp"
    return "" if owner.is_citizen else "totp_setup"


def count_second_factor_try(owner: Owner, *, network: str | None) -> None:
    """Count a try before it is judged, in a transaction that commits; raise TooMany.

    Whoever gets here has a first factor. The last try of a quarter of an hour is told to the owner,
    once a day, and in a day so few are judged that nobody guesses a code within years.
    """
    throttle.count_network(SECOND_BY_NETWORK, network)
    throttle.count(SECOND_IN_A_DAY, owner.uid)
    is_last = throttle.count(SECOND_BY_OWNER, owner.uid) == SECOND_BY_OWNER.most
    if is_last and throttle.is_within(TOLD_OF_TRIES, owner.uid):
        telling.tell(owner, SecurityChange.SECOND_TRIED)


def pass_second_factor(owner: Owner, typed: str, *, network: str | None) -> None:
    """Let in whose code is right and new; raise WrongSecondFactor otherwise."""
    check_second_factor(owner, typed, network=network)
    audit.record(
        "signed_in" if owner.is_citizen else "staff_signed_in",
        actor=owner.actor,
        object_kind=owner.object_kind,
        object_uid=owner.uid,
    )


def check_second_factor(owner: Owner, typed: str, *, network: str | None) -> None:
    """Use up a code of the app, or one of the recovery codes; raise WrongSecondFactor."""
    is_right = not queries.has_left(owner) and (
        recovery.use(owner, typed) if rules.is_recovery_code(typed) else _use_code(owner, typed)
    )
    if not is_right:
        raise WrongSecondFactor()
    throttle.forgive(SECOND_BY_OWNER, owner.uid)
    throttle.forgive(SECOND_IN_A_DAY, owner.uid)
    throttle.forgive_network(SECOND_BY_NETWORK, network)


def set_up_address(secret: str, shown_as: str) -> str:
    """Return the otpauth address that an authenticator app reads from the QR."""
    return pyotp.TOTP(secret).provisioning_uri(name=shown_as, issuer_name=ISSUER)


def forget(owner: Owner) -> None:
    """Ask for no code of the app any more; staff set another one up at the next sign-in."""
    owner.totp, owner.totp_counter = None, 0
    recovery.forget(owner)


def _use_code(owner: Owner, typed: str) -> bool:
    step = _find_step(owner, rules.code_of(typed))
    return step is not None and _use_step(owner, step)


def _find_step(owner: Owner, code: str) -> int | None:
    if not owner.totp:
        return None
    totp = pyotp.TOTP(owner.totp)
    now = int(clock.now().timestamp()) // STEP_S
    matching = [
        now + shift for shift in WINDOW if hmac.compare_digest(totp.generate_otp(now + shift), code)
    ]
    return matching[0] if matching else None


def _use_step(owner: Owner, step: int) -> bool:
    """Note the step as used, unless it or a later one was: a code is good once."""
    model = type(owner)
    used = count_changed(
        update(model)
        .where(model.id == owner.id, model.totp_counter < step)
        .values(totp_counter=step)
    )
    db.session.expire(owner, ["totp_counter"])
    return used == 1
