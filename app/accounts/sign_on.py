"""Staff who sign on with their ministry's identity provider (OpenID Connect).

Whoever the provider names gets in only as somebody who works here: by issuer and subject, which
an invitation links the first time to the verified address that it was made for (ADR 0021).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from app.accounts import queries, rules, sessions, telling
from app.accounts.models import StaffIdentity, StaffMember
from app.accounts.rules import SecurityChange
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor, ActorKind
from app.core.crypto import keyed_hash
from app.core.db import add_once, count_changed, db
from app.core.errors import Conflict, Invalid

INVITED_FOR = timedelta(days=7)
LONGEST_SUBJECT = 255


class SignOnRefused(Invalid):
    """The provider's word cannot be trusted, or it names nobody of here: all look the same."""

    message = _l(
        "The sign-on was not accepted. Try again; if it goes on, ask the administrator whether you"
        " were invited."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Whom the provider names, and how it made sure; the library has checked who says so."""

    issuer: str
    subject: str
    address: str
    """Empty unless the provider has verified it."""
    methods: tuple[str, ...]
    """Values of "amr" (RFC 8176)."""
    level: str
    """The value of "acr"."""

    @classmethod
    def of(cls, claims: dict[str, Any]) -> "Named":
        """Return what an ID token says; raise SignOnRefused without issuer or subject.

        Any: claims are JSON.
        """
        issuer, subject = claims.get("iss"), claims.get("sub")
        if not isinstance(issuer, str) or not isinstance(subject, str):
            raise SignOnRefused()
        if not 0 < len(subject) <= LONGEST_SUBJECT:
            raise SignOnRefused()
        is_verified = claims.get("email_verified") is True
        address = rules.find_address(str(claims.get("email", ""))) if is_verified else None
        methods = claims.get("amr")
        return cls(
            issuer=issuer,
            subject=subject,
            address=address or "",
            methods=tuple(map(str, methods)) if isinstance(methods, list) else (),
            level=str(claims.get("acr", "")),
        )


def invite(staff: StaffMember, typed: str, *, issuer: str, actor: Actor) -> None:
    """Let the provider's account with this address become a member of staff, within a week.

    What was linked before is linked no more. Raises Invalid for what is no address, Conflict when
    somebody else was invited by it.
    """
    address = rules.find_address(typed)
    if address is None:
        raise Invalid(_l("Enter an e-mail address in Latin letters, such as name@example.org."))
    db.session.execute(
        delete(StaffIdentity).where(
            StaffIdentity.staff_id == staff.id, StaffIdentity.issuer == issuer
        )
    )
    sessions.end_all(staff)
    row = StaffIdentity(
        staff_id=staff.id,
        issuer=issuer,
        invited_hash=_invited(address),
        invited_at=clock.now(),
    )
    if not add_once(row):
        raise Conflict(_l("Somebody else was invited by this address."))
    audit.record("sign_on_invited", actor=actor, object_kind="staff", object_uid=staff.uid)


def find_staff(named: Named) -> StaffMember:
    """Return who is named, linked now if they were invited; raise SignOnRefused for nobody."""
    staff = _find_linked(named) or _link(named)
    if staff is None or queries.has_left(staff):
        raise SignOnRefused()
    return staff


def record(staff: StaffMember) -> None:
    """Put on record that somebody signed on."""
    actor = Actor(kind=ActorKind.STAFF, id=staff.id)
    audit.record("staff_signed_on", actor=actor, object_kind="staff", object_uid=staff.uid)


def _find_linked(named: Named) -> StaffMember | None:
    return db.session.scalar(
        select(StaffMember)
        .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
        .where(
            StaffIdentity.issuer == named.issuer,
            StaffIdentity.subject_hash == _subject(named.subject),
        )
    )


def _link(named: Named) -> StaffMember | None:
    """Use up the invitation of a verified address."""
    if not named.address:
        return None
    invited = (
        StaffIdentity.issuer == named.issuer,
        StaffIdentity.invited_hash == _invited(named.address),
        StaffIdentity.invited_at > clock.now() - INVITED_FOR,
    )
    staff = db.session.scalar(
        select(StaffMember)
        .join(StaffIdentity, StaffIdentity.staff_id == StaffMember.id)
        .where(*invited)
    )
    if staff is None or queries.has_left(staff):
        return None
    linked = count_changed(
        update(StaffIdentity)
        .where(*invited)
        .values(subject_hash=_subject(named.subject), invited_hash=None, linked_at=clock.now())
    )
    if linked != 1:
        return None
    telling.tell(staff, SecurityChange.SIGN_ON_LINKED)
    return staff


def _subject(subject: str) -> str:
    return keyed_hash("sign_on_subject", subject)


def _invited(address: str) -> str:
    return keyed_hash("sign_on_invited", address)
