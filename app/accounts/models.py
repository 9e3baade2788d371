"""Accounts, sign-in, persons and the authority to act for them; staff and their roles."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.agreeing import Asked, three_people
from app.accounts.owning import Owned, Owning
from app.accounts.rules import AuthorityKind as AuthorityKind  # has its home in the rules
from app.core import clock
from app.core.actor import ActorKind, Role
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named, Texts, choice, key_index
from app.core.shapes import JsonMap


def unreadable_details() -> dict[str, Any]:
    """Return what pages show as the name of a person whose details cannot be opened (Any: JSON)."""
    return {"first_ar": cannot_be_read(), "first_latin": cannot_be_read()}


class ContactKind(StrEnum):
    """How somebody is reached."""

    EMAIL = "email"
    PHONE = "phone"
    TELEGRAM = "telegram"

    @classmethod
    def of(cls, address: str) -> "ContactKind":
        """Return of what kind a normalised mail address or phone is."""
        return cls.EMAIL if "@" in address else cls.PHONE


class Account(Named, Owning, Model):
    """A citizen's way in; what they are called stands in the person, not here."""

    __tablename__ = "account"
    kind = ActorKind.CITIZEN
    object_kind = "account"

    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    seen_on: Mapped[date | None] = mapped_column(Date, default=lambda: clock.now().date())
    """The day on which somebody last signed in, or on which it was made."""
    password_hash: Mapped[str | None]
    """Only where its owner wanted one; a code by mail is enough."""
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_counter: Mapped[int] = mapped_column(BigKey, default=0, server_default="0")
    """As that of staff."""
    recovery_asked_at: Mapped[datetime | None]
    """Since when somebody waits to get in without the app (accounts.regaining)."""

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    totp = Sealed[str]()

    @property
    def left_at(self) -> datetime | None:
        """Return when it was erased."""
        return self.erased_at


class Contact(Named, Model):
    """An address of an account; found by its keyed hash only."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("kind", "address_hash"),
        Index("uq_contact_of_kind", "account_id", "kind", unique=True),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind, name="kind_known"))
    address_hash: Mapped[str] = mapped_column(String(32))
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    verified_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    """Since when whoever carries messages says that there is no such address."""

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    address = Sealed[str]()

    @property
    def data_key(self) -> DataKey:
        """Return the key of the account, which seals the address."""
        return self.account.data_key


class StaffMember(Named, Owning, Model):
    """Somebody who works at posts."""

    __tablename__ = "staff_member"
    kind = ActorKind.STAFF
    object_kind = "staff"

    login: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Texts] = mapped_column(JsonMap)
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str]
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_totp: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_counter: Mapped[int] = mapped_column(BigKey, default=0)
    """The last time step whose code was used; a code is good once. 0: no app was confirmed
    yet (accounts.enrolling)."""
    sealed_mail_address: Mapped[bytes | None] = mapped_column(LargeBinary)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    roles: Mapped[list["StaffRole"]] = relationship(back_populates="staff", lazy="selectin")
    totp = Sealed[str]()
    mail_address = Sealed[str]()
    """Confirmed, where one was given; see staff_mail.address_of."""

    @property
    def left_at(self) -> datetime | None:
        """Return when they were shut out."""
        return self.disabled_at


Owner = Account | StaffMember
"""Whose a session or a passkey is."""


class StaffRole(Keyed, Model):
    """One role of a member of staff at one post."""

    __tablename__ = "staff_role"
    __table_args__ = (UniqueConstraint("staff_id", "post_id", "role"),)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"), index=True)
    role: Mapped[Role] = mapped_column(choice(Role, name="role_known"))

    staff: Mapped[StaffMember] = relationship(back_populates="roles")


class SignIn(Keyed, Owned, Model):
    """A server-side session; the cookie holds a random token, this row its hash."""

    __tablename__ = "sign_in"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
    )

    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    pending: Mapped[str] = mapped_column(String(16), default="")
    """What sign-in still asks for ("totp", "totp_setup"); nothing is permitted before."""
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    confirmed_at: Mapped[datetime | None]
    """When its owner last showed in this session who they are."""
    device: Mapped[str] = mapped_column(String(64), default="")

    account: Mapped[Account | None] = relationship(lazy="joined")
    staff: Mapped[StaffMember | None] = relationship(lazy="joined")

    @property
    def mark(self) -> str:
        """Return what names this session in a form; it lets nobody in."""
        return self.token_hash[:16]


class OneTimeCode(Named, Model):
    """A code that a browser asked for; counted down before it is compared, used once.

    Browsers that ask for one address within a minute wait for one message, each with tries of
    its own.
    """

    __tablename__ = "one_time_code"
    __table_args__ = (Index(None, "expires_at"),)

    purpose: Mapped[str] = mapped_column(String(32))
    first_uid: Mapped[str | None] = mapped_column(String(32), index=True)
    """Whose message this one waits for; None for the one that a message was sent for."""
    address_hash: Mapped[str] = mapped_column(String(32), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    left: Mapped[int] = mapped_column("tries_left")
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    address = Sealed[str]()

    @property
    def sent_uid(self) -> str:
        """Return the uid to which the code in the message belongs."""
        return self.first_uid or self.uid


class RecoveryCode(Keyed, Owned, Model):
    """A code for when the authenticator app is lost; the row goes when it is used."""

    __tablename__ = "recovery_code"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
    )

    code_hash: Mapped[str] = mapped_column(String(32), unique=True)


class FactorReset(Asked):
    """That a colleague lost the second factor: one of the post says so, another one agrees."""

    __tablename__ = "factor_reset"
    __table_args__ = (
        *three_people(),
        Index(
            "uq_factor_reset_open",
            "staff_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    WAITS = timedelta(days=1)


class StaffIdentity(Keyed, Model):
    """A member of staff as an identity provider knows them, or as one is awaited from it."""

    __tablename__ = "staff_identity"
    __table_args__ = (
        UniqueConstraint("staff_id", "issuer"),
        UniqueConstraint("issuer", "subject_hash"),
        UniqueConstraint("issuer", "invited_hash"),
        CheckConstraint(
            "(subject_hash IS NULL) <> (invited_hash IS NULL)", name="invited_or_linked"
        ),
    )

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff_member.id"))
    issuer: Mapped[str] = mapped_column(String(255))
    invited_hash: Mapped[str | None] = mapped_column(String(32))
    """Of the address that the invitation is for, until it is used."""
    invited_at: Mapped[datetime]
    subject_hash: Mapped[str | None] = mapped_column(String(32))
    linked_at: Mapped[datetime | None]


class PasswordReset(Named, Owned, Model):
    """A link to set a password that was mailed; for an address that has none it opens nothing."""

    __tablename__ = "password_reset"

    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Passkey(Named, Owned, Model):
    """A key pair of an authenticator: of its halves only the public one is here."""

    __tablename__ = "passkey"
    __table_args__ = (
        CheckConstraint("(account_id IS NULL) <> (staff_id IS NULL)", name="one_owner"),
    )

    credential: Mapped[str] = mapped_column(String(1400), unique=True)
    """The id that the authenticator gave it, in base64url."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigKey, default=0)
    """How often the authenticator says that it signed; 0 for one that does not count."""
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    suspected_at: Mapped[datetime | None]
    """Since when it may have been copied, because its counter went back; it lets nobody in."""

    account: Mapped[Account | None] = relationship(lazy="joined")
    staff: Mapped[StaffMember | None] = relationship(lazy="joined")
    name = Sealed[str]()

    @property
    def owner(self) -> "Owner":
        """Return whose it is."""
        owner = self.account or self.staff
        if owner is None:
            raise LookupError("a passkey without an owner")
        return owner

    @property
    def data_key(self) -> DataKey:
        """Return the key of the owner, which seals the name."""
        return self.owner.data_key


class PasskeyChallenge(Named, Model):
    """What an authenticator is asked to sign: once, and for the browser that knows the uid."""

    __tablename__ = "passkey_challenge"

    purpose: Mapped[str] = mapped_column(String(16))
    owner_uid: Mapped[str] = mapped_column(String(32), default="")
    """Who adds a passkey; empty at signing in, when nobody is known yet."""
    challenge: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Attempt(Keyed, Model):
    """A counter of tries in one window of time, for one bucket (a keyed hash)."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("bucket", "window_at"),)

    bucket: Mapped[str] = mapped_column(String(32))
    window_at: Mapped[datetime] = mapped_column(index=True)
    count: Mapped[int] = mapped_column("tries", default=0)


class Person(Named, Model):
    """A human being with their own key, whatever account acts for them."""

    __tablename__ = "person"
    __table_args__ = (key_index("person"),)

    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    sealed_details: Mapped[bytes] = mapped_column(LargeBinary)
    fingerprint: Mapped[str] = mapped_column(String(32), index=True)
    """Keyed hash of national number, else passport, else names and birth (rules.identity)."""
    locked_at: Mapped[datetime | None]
    """Since when the identity is fixed, because a request of the person is with the post."""
    verified_at: Mapped[datetime | None]
    """When staff saw the paper of who this is (accounts.identity)."""
    disowned_at: Mapped[datetime | None]
    """Since when staff say that the numbers are those of somebody else."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    details = Sealed[dict[str, Any]](unreadable_details)
    """Names in three scripts, birth, numbers (Any: JSON; see accounts.rules.Details)."""


class PersonTerm(Model):
    """A keyed hash of a word or word beginning of a person's names and numbers."""

    __tablename__ = "person_term"
    __table_args__ = (Index(None, "person_id"),)

    term: Mapped[str] = mapped_column(String(32), primary_key=True)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )


class PersonMark(Model):
    """A keyed hash of one thing by which a person is known, such as the folded name (marks)."""

    __tablename__ = "person_mark"
    __table_args__ = (Index(None, "mark"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("person.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    mark: Mapped[str] = mapped_column(String(32))


class Authority(Keyed, Model):
    """The right of an account to act for a person."""

    __tablename__ = "authority"
    __table_args__ = (UniqueConstraint("account_id", "person_id"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[AuthorityKind] = mapped_column(choice(AuthorityKind, name="kind_known"))
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()
    person: Mapped[Person] = relationship(lazy="joined", innerjoin=True)
