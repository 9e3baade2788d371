"""Which function carries out which kind of job; domains register theirs, the factory calls them."""

from collections.abc import Callable
from dataclasses import dataclass

from app.jobs.models import Job

Handler = Callable[[Job], None]


@dataclass(frozen=True, slots=True)
class Registered:
    """A handler and where it runs."""

    run: Handler
    in_transaction: bool


_handlers: dict[str, Registered] = {}


def register(kind: str, handler: Handler) -> None:
    """Have a handler run inside the one transaction that also marks its job as done."""
    _handlers[kind] = Registered(handler, in_transaction=True)


def register_slow(kind: str, handler: Handler) -> None:
    """Have a handler run outside of any transaction; it opens its own, short ones.

    For work that takes long or goes over the network. The job is marked as done afterwards, so
    a worker that dies in between makes it run again: its effect has to bear that.
    """
    _handlers[kind] = Registered(handler, in_transaction=False)


def get(kind: str) -> Registered:
    """Return the handler of a kind; raise LookupError when no domain registered one."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"nobody handles {kind}") from None
