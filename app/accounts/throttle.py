"""How often something may be tried: counters as rows, one for each window of time.

Address, network and the whole site are counted apart, so that neither many names from one
network nor one name from many networks slips through. What anybody may try for a name of
somebody else is counted for each network first, and lower than for the name alone: otherwise
a stranger uses up what the owner has.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, cast

from sqlalchemy import Table, bindparam, literal_column, select, text, union_all, update
from sqlalchemy.dialects import postgresql, sqlite

from app.accounts.models import Attempt
from app.core import clock
from app.core.crypto import keyed_hash
from app.core.db import db
from app.core.errors import TooMany

EVERYBODY = "everybody"

_TABLE = cast(Table, Attempt.__table__)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most so many tries of one kind by one subject in each window."""

    name: str
    most: int
    window: timedelta


def count(limit: Limit, subject: str, refusal: type[TooMany] = TooMany) -> int:
    """Count a try of a subject and return how many there were in this window.

    Raises TooMany, or one that says more of it, past the limit.

    Call it in a transaction that commits before the try is judged.
    """
    so_many = _increment(*place(limit, subject))
    if so_many > limit.most:
        raise refusal()
    return so_many


def is_within(limit: Limit, subject: str) -> bool:
    """Count something of a subject; return whether that is within the limit, and refuse nothing."""
    return _increment(*place(limit, subject)) <= limit.most


def refuse_when_full(limit: Limit, subject: str) -> None:
    """Raise TooMany when a subject has no try left; nothing is counted."""
    bucket, window_at = place(limit, subject)
    tried = select(Attempt.count).where(Attempt.bucket == bucket, Attempt.window_at == window_at)
    if (db.session.scalar(tried) or 0) >= limit.most:
        raise TooMany()


def count_all(tries: Iterable[tuple[Limit, str]]) -> None:
    """Count tries of several kinds in one statement; raise TooMany past any limit.

    One without a subject is not counted. What is refused leaves no count: the transaction of the
    caller is that of the effect.
    """
    most = {place(limit, subject): limit.most for limit, subject in tries if subject}
    places = sorted(most)
    given: dict[str, object] = {f"bucket_{n}": place[0] for n, place in enumerate(places)}
    given |= {f"window_{n}": place[1] for n, place in enumerate(places)}
    connection = db.session.connection()
    # Read to its end: SQLite takes nothing back while a statement is under way.
    counted = connection.execute(_counting(connection.dialect.name, len(places)), given).all()
    if any(count > most[bucket, window_at] for bucket, window_at, count in counted):
        raise TooMany()


@cache
def _counting(dialect: str, rows: int) -> Any:
    """Return the statement that counts so many tries at once; written once. (Any: a dialect's.)

    Its rows are selected: what an INSERT of several VALUES asks is written out anew each time.
    Each has its WHERE, without which SQLite reads ON CONFLICT as a join.
    """
    kind = _TABLE.c.window_at.type
    places = [
        select(
            bindparam(f"bucket_{n}", type_=_TABLE.c.bucket.type),
            bindparam(f"window_{n}", type_=kind),
            literal_column("1"),
        ).where(text("1 = 1"))
        for n in range(rows)
    ]
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    names = ("bucket", "window_at", "tries")
    counted = insert(_TABLE).from_select(names, union_all(*places), include_defaults=False)
    return _more(counted).returning(_TABLE.c.bucket, _TABLE.c.window_at, _TABLE.c.tries)


def count_network(limit: Limit, address: str | None) -> None:
    """Count a try of the network that an address belongs to."""
    network = network_of(address)
    if network:
        count(limit, network)


def count_from(limit: Limit, subject: str, address: str | None) -> None:
    """Count a try of a subject from the network of an address; nothing where none is known."""
    network = network_of(address)
    if network:
        count(limit, _there(subject, network))


def forgive(limit: Limit, subject: str) -> None:
    """Take back the try that turned out right; tries that failed stay counted."""
    bucket, window_at = place(limit, subject)
    db.session.execute(
        update(Attempt)
        .where(Attempt.bucket == bucket, Attempt.window_at == window_at, Attempt.count > 0)
        .values({Attempt.count: Attempt.count - 1})
    )


def forgive_network(limit: Limit, address: str | None) -> None:
    """Take back the try of a network that turned out right."""
    network = network_of(address)
    if network:
        forgive(limit, network)


def forgive_from(limit: Limit, subject: str, address: str | None) -> None:
    """Take back the try of a subject from a network that turned out right."""
    network = network_of(address)
    if network:
        forgive(limit, _there(subject, network))


def network_of(address: str | None) -> str:
    """Return an IPv4 address or the /64 of an IPv6 one, which is one household.

    A loopback address names no network: it is this machine, or a proxy that
    does not say whom it serves, and then one visitor would lock out all others. Some proxies
    name the port as well.
    """
    try:
        ip = ipaddress.ip_address(_without_port(address or ""))
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return ""
    return str(ip) if ip.version == 4 else str(ipaddress.ip_network((int(ip), 64), strict=False))


def _without_port(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.partition(":")[0] if address.count(":") == 1 else address


def _there(subject: str, network: str) -> str:
    return f"{subject}\x00{network}"


def place(limit: Limit, subject: str, now: datetime | None = None) -> tuple[str, datetime]:
    """Return under what, and from when on, tries of a subject are counted now."""
    past = ((now or clock.now()) - _EPOCH) // limit.window
    return keyed_hash(f"attempt:{limit.name}", subject), _EPOCH + past * limit.window


def _increment(bucket: str, window_at: datetime) -> int:
    dialect = db.session.get_bind().dialect.name
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    row = insert(_TABLE).values(bucket=bucket, window_at=window_at, tries=1)
    tries: int | None = db.session.scalar(_more(row).returning(_TABLE.c.tries))
    return tries or 0


def _more(insert: Any) -> Any:
    # Any: the two dialects have an upsert of the same shape and no common type.
    return insert.on_conflict_do_update(
        index_elements=["bucket", "window_at"], set_={"tries": _TABLE.c.tries + 1}
    )
