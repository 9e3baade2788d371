"""What other domains do in the same transaction when a case moves; the factory connects them."""

from collections.abc import Callable

from app.cases.models import Case
from app.cases.rules import Action
from app.core.actor import Actor

Listener = Callable[[Case, Actor], None]
Follower = Callable[[Case, Action, Actor], None]

_ended: dict[str, Listener] = {}
_leaving: dict[str, Listener] = {}
_changed: dict[str, Follower] = {}


def on_ended(name: str, listener: Listener) -> None:
    """Have a function called when a case is withdrawn, refused or lapses; one for each name."""
    _ended[name] = listener


def ended(case: Case, actor: Actor) -> None:
    """Tell everybody who is connected, within the open transaction."""
    for listener in _ended.values():
        listener(case, actor)


def on_leaving(name: str, listener: Listener) -> None:
    """Have a function called before a case leaves its post for another; one for each name.

    It may refuse: what it raises keeps the case where it is.
    """
    _leaving[name] = listener


def leaving(case: Case, actor: Actor) -> None:
    """Tell everybody who is connected, while the case is still at its old post."""
    for listener in _leaving.values():
        listener(case, actor)


def on_changed(name: str, follower: Follower) -> None:
    """Have a function called after every action on a case; one for each name."""
    _changed[name] = follower


def changed(case: Case, action: Action, actor: Actor) -> None:
    """Tell everybody who follows what happened, within the open transaction."""
    for follower in _changed.values():
        follower(case, action, actor)
