"""Who acts: the one value that services, audit and the web layer share."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of somebody acts."""

    CITIZEN = "citizen"
    STAFF = "staff"
    SYSTEM = "system"


class Role(StrEnum):
    """What a member of staff may do at a post."""

    RECEPTIONIST = "receptionist"
    CASHIER = "cashier"
    OFFICER = "officer"
    SECOND_REVIEWER = "second_reviewer"
    """Makes the second checks that services ask for, and reads besides."""
    HEAD = "head"
    ADMIN = "admin"
    AUDITOR = "auditor"
    MINISTRY = "ministry"
    """Reads the figures of all posts, and neither cases nor persons."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who acts, as known from the session of this request."""

    kind: ActorKind
    id: int | None = None
    """The key of the account or member of staff; None for the system."""
    name: str = ""
    post_id: int | None = None
    roles: frozenset[Role] = frozenset()
    session_id: int | None = None
    at_counter: bool = False
    """Staff who files for a visitor without an account: they act on such requests of their post,
    drafts included, and on no others."""
    pending: str = ""
    """What sign-in still asks for, such as "totp"; until it is empty nothing is permitted."""

    def has_role(self, *roles: Role) -> bool:
        """Return whether any of the roles is held."""
        return bool(self.roles & set(roles))


SYSTEM = Actor(kind=ActorKind.SYSTEM)
