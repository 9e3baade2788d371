"""What an account and a member of staff have in common: they sign in, and own what lets them in."""

from typing import ClassVar, Protocol

from sqlalchemy import ColumnElement, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.actor import Actor, ActorKind


class Somebody(Protocol):
    """An owner, or the actor who is signed in as one."""

    @property
    def kind(self) -> ActorKind:
        """Return whether it is a citizen or a member of staff."""

    @property
    def id(self) -> int | None:
        """Return the key of the account or of the member of staff."""


class Owning:
    """Whoever signs in; where citizens and staff differ is asked here, and not by their classes."""

    kind: ClassVar[ActorKind]
    object_kind: ClassVar[str]
    """How the record names them when they are what an act was about."""
    id: Mapped[int]
    sealed_totp: Mapped[bytes | None]
    totp_counter: Mapped[int]

    @property
    def is_citizen(self) -> bool:
        """Return whether it is an account, and not a member of staff."""
        return self.kind is ActorKind.CITIZEN

    @property
    def actor(self) -> Actor:
        """Return them as who acts on themselves, before a session says so."""
        return Actor(kind=self.kind, id=self.id)

    @property
    def has_second_factor(self) -> bool:
        """Return whether an app was ever confirmed, of which a code is asked at every sign-in."""
        return self.sealed_totp is not None and self.totp_counter > 0


class Owned:
    """A row of an account or of a member of staff."""

    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"), index=True)

    @classmethod
    def of(cls, who: Somebody) -> ColumnElement[bool]:
        """Return the condition that a row is somebody's."""
        column = cls.account_id if who.kind is ActorKind.CITIZEN else cls.staff_id
        return column == who.id

    def give_to(self, who: Somebody) -> None:
        """Make a new row somebody's."""
        if who.kind is ActorKind.CITIZEN:
            self.account_id = who.id
        else:
            self.staff_id = who.id
