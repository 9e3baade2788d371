"""The staff and the citizens of the demonstration, entered as they would enter themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.accounts import codes, services
from app.accounts import queries as accounts_queries
from app.accounts.models import Account, Person, StaffMember
from app.accounts.rules import by_paper
from app.catalogue.models import Post
from app.core.actor import Actor, ActorKind
from app.demo import accounts
from app.demo.story.cast import Character


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Persons and who acts for them: an account, the citizen first, or the counter."""

    account: Account | None
    people: tuple[Person, ...]
    actor: Actor
    language: str
    by_paper: frozenset[int] = frozenset()
    """The places of those for whom a paper lets the account act."""


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


def settle(characters: Mapping[str, Character], *, counter: Actor) -> dict[str, Household]:
    """Open the accounts of the citizens and enter their persons; return them by key.

    Who has no account is entered at the counter.
    """
    return {
        key: _household(character) if character.address else _visitor(character, counter)
        for key, character in characters.items()
    }


def _household(character: Character) -> Household:
    account = codes.open_account(character.address, character.language)
    actor = Actor(kind=ActorKind.CITIZEN, id=account.id)
    people = tuple(
        services.save_person(details, account_id=account.id, kind=kind, actor=actor)
        for details, kind in zip(character.people, character.kinds, strict=True)
    )
    return Household(
        account=account,
        people=people,
        actor=actor,
        language=account.language,
        by_paper=frozenset(n for n, kind in enumerate(character.kinds) if by_paper(kind)),
    )


def _visitor(character: Character, counter: Actor) -> Household:
    actor = replace(counter, at_counter=True)
    people = tuple(services.add_visitor(one, actor=actor) for one in character.people)
    return Household(account=None, people=people, actor=actor, language=character.language)
