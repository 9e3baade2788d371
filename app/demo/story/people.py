"""The staff and the citizens of the demonstration, entered as they would enter themselves."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.accounts import codes, services
from app.accounts import queries as accounts_queries
from app.accounts.models import Account, AuthorityKind, Person, StaffMember
from app.catalogue.models import Post
from app.core.actor import Actor, ActorKind
from app.demo import accounts
from app.demo.story.cast import Character


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """An account and the persons for whom it acts, the citizen first."""

    account: Account
    people: tuple[Person, ...]

    @property
    def actor(self) -> Actor:
        """Return the citizen as somebody who acts."""
        return Actor(kind=ActorKind.CITIZEN, id=self.account.id)


def is_staffed() -> bool:
    """Return whether the staff of the demonstration is there, so that the story was told."""
    return accounts_queries.find_staff(accounts.STAFF[0].login) is not None


def employ(post: Post) -> dict[str, Actor]:
    """Create the staff that `make run` prints; return them by login."""
    return {entry.login: _actor(_create(entry, post), post) for entry in accounts.STAFF}


def _create(entry: accounts.StaffSignIn, post: Post) -> StaffMember:
    return services.create_staff(
        entry.login,
        name=entry.names,
        language="ar",
        password=entry.password,
        roles=[(post.id, role) for role in entry.roles],
        totp=entry.totp_secret,
    )


def _actor(staff: StaffMember, post: Post) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=staff.id,
        name=staff.login,
        post_id=post.id,
        roles=frozenset(role.role for role in staff.roles),
    )


def settle(characters: Mapping[str, Character]) -> dict[str, Household]:
    """Open the accounts of the citizens and enter their persons; return them by key."""
    return {key: _household(character) for key, character in characters.items()}


def _household(character: Character) -> Household:
    account = codes.open_account(character.address, character.language)
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    kinds = [AuthorityKind.SELF, *[AuthorityKind.PARENT] * (len(character.people) - 1)]
    people = tuple(
        services.save_person(details, account_id=account.id, kind=kind, actor=actor)
        for details, kind in zip(character.people, kinds, strict=True)
    )
    return Household(account=account, people=people)
