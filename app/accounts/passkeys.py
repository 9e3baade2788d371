"""Passkeys: an authenticator signs what it is asked to, and knows its owner by itself.

Each challenge is good once and for the browser that asked; the owner has to be verified by a
finger, a face or a PIN, so that a passkey is two factors in one (WebAuthn level 3, sections 7.1
and 7.2, which the library checks).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import webauthn
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, structs
from webauthn.helpers.exceptions import WebAuthnException

from app.accounts import doors, queries, services, telling, throttle
from app.accounts.models import Owner, Passkey, PasskeyChallenge
from app.accounts.rules import SecurityChange
from app.accounts.throttle import Limit
from app.audit import services as audit
from app.core import clock
from app.core.actor import Actor
from app.core.crypto import keyed_hash
from app.core.db import add_once, count_changed, db
from app.core.errors import Conflict, Invalid, NotFound

LIFETIME = timedelta(minutes=5)
MOST = 10
"""So many passkeys an owner may have."""
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000
RP_NAME = "Jaliya"
ASKED_BY_NETWORK = Limit(name="passkey:network", most=60, window=timedelta(minutes=15))
ASKED_BY_ALL = Limit(name="passkey:all", most=6000, window=timedelta(minutes=15))


class Purpose(StrEnum):
    """What a challenge is for."""

    SIGN_IN = "sign_in"
    ADD = "add"


class PasskeyRefused(Invalid):
    """What came is not the answer of a passkey that is known here: all faults look the same."""

    message = _l("This passkey was not accepted. Try again, or sign in another way.")


class PasskeySuspected(PasskeyRefused):
    """The counter of the passkey went back, so that there may be two of it."""

    message = _l(
        "This passkey may have been copied, so it lets nobody in. Sign in another way, remove it"
        " and add it anew."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """For whom passkeys are made, and from where they may be used; of the settings."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A challenge for a browser: the uid stays in its session, the options go to its script."""

    uid: str
    options: str
    """JSON, as navigator.credentials takes it once its binary parts are decoded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A challenge that is used up, whatever comes of it."""

    challenge: bytes
    owner_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Whose passkey answered; a suspected one lets nobody in."""

    owner: Owner
    is_suspected: bool


def site_of(base_url: str) -> Site:
    """Return the site of an address; a name is needed, so that a loopback is "localhost"."""
    parts = urlsplit(base_url)
    if parts.hostname != "127.0.0.1":
        return Site(rp_id=parts.hostname or "", origin=f"{parts.scheme}://{parts.netloc}")
    port = f":{parts.port}" if parts.port else ""
    return Site(rp_id="localhost", origin=f"{parts.scheme}://localhost{port}")


def ask_to_sign_in(site: Site, *, network: str | None) -> Asked:
    """Make a challenge for whoever has a passkey of this site; raise TooMany."""
    throttle.count_network(ASKED_BY_NETWORK, network)
    throttle.count(ASKED_BY_ALL, throttle.EVERYBODY)
    options = webauthn.generate_authentication_options(
        rp_id=site.rp_id, user_verification=structs.UserVerificationRequirement.REQUIRED
    )
    return _asked(Purpose.SIGN_IN, "", options.challenge, webauthn.options_to_json(options))


def ask_to_add(owner: Owner, site: Site, *, shown_as: str) -> Asked:
    """Make a challenge for a new passkey of an owner, who is known to it by `shown_as`."""
    known = list_passkeys(owner)
    if len(known) >= MOST:
        raise Conflict(_l("There are %(most)d passkeys. Remove one first."), most=MOST)
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=RP_NAME,
        user_id=_handle(owner),
        user_name=shown_as,
        user_display_name=shown_as,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential))
            for one in known
        ],
    )
    return _asked(Purpose.ADD, owner.uid, options.challenge, webauthn.options_to_json(options))


def take(uid: str, purpose: Purpose) -> Taken:
    """Use up the challenge of a browser; raise PasskeyRefused without one.

    Commit this before the answer is judged: a refusal must not give the challenge back.
    """
    row = db.session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.uid == uid,
            PasskeyChallenge.purpose == purpose.value,
            PasskeyChallenge.expires_at > clock.now(),
        )
        .returning(PasskeyChallenge.challenge, PasskeyChallenge.owner_uid)
        .execution_options(synchronize_session=False)
    ).first()
    if row is None:
        raise PasskeyRefused()
    return Taken(challenge=row[0], owner_uid=row[1])


def add(owner: Owner, taken: Taken, answer: str, *, name: str, site: Site, actor: Actor) -> Passkey:
    """Keep a new passkey of an owner; raise PasskeyRefused for what is none.

    Raises PasskeyNeedsAddress where it would leave no way back.
    """
    doors.check_may_add_passkey(owner)
    if taken.owner_uid != owner.uid or len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused()
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=taken.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except UNREADABLE:
        raise PasskeyRefused() from None
    row = Passkey(
        **{owner.object_kind: owner},
        credential=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        created_at=clock.now(),
    )
    row.name = name
    if not add_once(row):
        raise PasskeyRefused()
    audit.record("passkey_added", actor=actor, object_kind="passkey", object_uid=row.uid)
    telling.tell(owner, SecurityChange.PASSKEY_ADDED)
    return row


UNREADABLE = (
    WebAuthnException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
)
"""What the library raises for answers that no authenticator gives."""


def redeem(taken: Taken, answer: str, *, site: Site) -> Shown:
    """Return whose passkey answered a challenge; raise PasskeyRefused for any other answer.

    A counter that went back is noted and told of here, so that it has to be committed.
    """
    if taken.owner_uid or len(answer) > LONGEST_ANSWER:
        raise PasskeyRefused()
    try:
        parsed = webauthn.helpers.parse_authentication_credential_json(answer)
        row = _find(parsed.raw_id, parsed.response.user_handle)
        said = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=taken.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=0,  # Compared below, where it can be noted.
            require_user_verification=True,
        )
    except UNREADABLE:
        raise PasskeyRefused() from None
    if row.suspected_at is not None or not _count(row, said.new_sign_count):
        _suspect(row)
        return Shown(owner=row.owner, is_suspected=True)
    return Shown(owner=row.owner, is_suspected=False)


def list_passkeys(owner: Owner) -> Sequence[Passkey]:
    """Return the passkeys of an owner, oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.of(owner)).order_by(Passkey.id)).all()


def get(owner: Owner, uid: str) -> Passkey:
    """Return a passkey of an owner; raise NotFound for one of somebody else."""
    row = db.session.scalar(select(Passkey).where(Passkey.uid == uid, Passkey.of(owner)))
    if row is None:
        raise NotFound()
    return row


def rename(owner: Owner, uid: str, name: str) -> None:
    """Call a passkey otherwise; raise NotFound for one of somebody else."""
    get(owner, uid).name = name


def remove(owner: Owner, uid: str, *, actor: Actor) -> None:
    """Forget a passkey, which lets nobody in any more; raise NotFound for one of somebody else."""
    row = get(owner, uid)
    db.session.delete(row)
    services.end_other_sessions(actor=actor)
    audit.record("passkey_removed", actor=actor, object_kind="passkey", object_uid=uid)
    telling.tell(owner, SecurityChange.PASSKEY_REMOVED)


def _asked(purpose: Purpose, owner_uid: str, challenge: bytes, options: str) -> Asked:
    row = PasskeyChallenge(
        purpose=purpose.value,
        owner_uid=owner_uid,
        challenge=challenge,
        expires_at=clock.now() + LIFETIME,
    )
    db.session.add(row)
    db.session.flush()
    return Asked(uid=row.uid, options=options)


def _handle(owner: Owner) -> bytes:
    """Return by what an authenticator knows an owner: nothing that says who it is."""
    return bytes.fromhex(keyed_hash("passkey_owner", f"{owner.__tablename__}:{owner.uid}"))


def _find(credential: bytes, handle: bytes | None) -> Passkey:
    row = db.session.scalar(
        select(Passkey).where(Passkey.credential == bytes_to_base64url(credential))
    )
    if row is None or handle != _handle(row.owner) or queries.has_left(row.owner):
        raise PasskeyRefused()
    return row


def _count(row: Passkey, said: int) -> bool:
    """Note what the counter says; False when it did not move on, also from a racing answer."""
    counts = Passkey.sign_count < said if said else Passkey.sign_count == 0
    changed = count_changed(
        update(Passkey)
        .where(Passkey.id == row.id, counts)
        .values(sign_count=said, used_at=clock.now())
    )
    return changed == 1


def _suspect(row: Passkey) -> None:
    if row.suspected_at is not None:
        return
    row.suspected_at = clock.now()
    actor = row.owner.actor
    audit.record("passkey_suspected", actor=actor, object_kind="passkey", object_uid=row.uid)
    telling.tell(row.owner, SecurityChange.PASSKEY_SUSPECTED)
