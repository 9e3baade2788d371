"""Households that file together."""

from collections.abc import Sequence

from app.accounts.models import Account
from app.cases.family import queries, services
from app.cases.models import Case
from app.core.db import new_uid
from tests.factories import cases as factory

NAMES = ("ليان", "سامي", "رنا")


def begun(account: Account, count: int = 2, birth: str = "1998-03-27") -> list[Case]:
    """Return drafts without answers that are bound together."""
    factory.offer()
    return services.start(
        [factory.person(account, first, birth) for first in NAMES[:count]],
        service_code="PASS_RENEW",
        account=account,
        actor=factory.citizen(account),
        language="ar",
        key=new_uid(),
    )


def complete(account: Account, count: int = 2) -> list[Case]:
    """Return drafts of a filing that lack nothing."""
    return [factory.fill(case) for case in begun(account, count)]


def send(account: Account, drafts: Sequence[Case]) -> Sequence[Case]:
    """Send a filing as it stands now."""
    actor = factory.citizen(account)
    members = queries.members_of(drafts[0], actor)
    seen = queries.seen_of(members)
    return services.submit(drafts[0].reference, actor=actor, seen=seen, key=new_uid())


def submitted(account: Account, count: int = 2) -> Sequence[Case]:
    """Return the cases of a filing that was just sent."""
    return send(account, complete(account, count))
