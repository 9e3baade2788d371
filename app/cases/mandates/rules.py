"""By what right somebody files for another, and what is wrong with it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from app.accounts.rules import AuthorityKind, by_paper

OF_AGE = 18
"""Years from which nobody acts for somebody merely as their parent."""


class MandateState(StrEnum):
    """Where the paper of an authority stands."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    REVOKED = "revoked"
    REPLACED = "replaced"


STANDING = frozenset({MandateState.RECEIVED, MandateState.ACCEPTED})
"""A paper by which somebody may file; of an authority there is one at a time."""


class Flaw(StrEnum):
    """Why an authority does not carry a request."""

    MISSING = "missing"
    REJECTED = "rejected"
    REVOKED = "revoked"
    EXPIRED = "expired"
    OUT_OF_SCOPE = "out_of_scope"
    UNCHECKED = "unchecked"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What the newest paper of an authority says."""

    state: MandateState
    services: frozenset[str] = frozenset()
    """Codes of the services that it covers; none named: all."""
    valid_until: date | None = None
    """Its last day, None for a paper without an end."""
    awaits_principal: bool = False
    """Whether its principal revoked an earlier one, and has not confirmed this one since."""


def flaw_at_filing(
    kind: AuthorityKind, power: Power | None, *, service: str, on: date
) -> Flaw | None:
    """Return why somebody may not file a request by such a right on a day, None when they may.

    A paper that nobody has looked at yet is enough to file, unless an earlier one was revoked by
    the principal: whoever was shown the door does not come back by a paper of their own making.
    """
    if not by_paper(kind):
        return None
    if power is None:
        return Flaw.MISSING
    if power.state not in STANDING:
        return Flaw.REVOKED if power.state is MandateState.REVOKED else Flaw.REJECTED
    if power.awaits_principal:
        return Flaw.UNCONFIRMED
    if power.valid_until is not None and power.valid_until < on:
        return Flaw.EXPIRED
    return Flaw.OUT_OF_SCOPE if power.services and service not in power.services else None


def flaw_at_decision(
    kind: AuthorityKind, power: Power | None, *, service: str, on: date
) -> Flaw | None:
    """Return why a request filed by such a right cannot be accepted on a day, None when it can."""
    flaw = flaw_at_filing(kind, power, service=service, on=on)
    if flaw is not None or power is None or not by_paper(kind):
        return flaw
    return None if power.state is MandateState.ACCEPTED else Flaw.UNCHECKED


def has_outgrown(kind: AuthorityKind, age: int | None) -> bool:
    """Return whether a parent acts for a child who is of age, so that an officer looks twice."""
    return kind is AuthorityKind.PARENT and age is not None and age >= OF_AGE
