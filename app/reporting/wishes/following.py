"""Wishes go along with the request that they are about: into an account, or to another post."""

from app.cases import signals
from app.cases.models import Case
from app.cases.rules import Action
from app.core.actor import Actor
from app.reporting.wishes import queries, services


def connect() -> None:
    """Follow what is done with requests; what follows is of its own transaction."""
    signals.on_changed("erasure", _follow)


def _follow(case: Case, action: Action, _actor: Actor) -> None:
    if action not in (Action.CLAIMED, Action.TRANSFERRED):
        return
    wish = queries.lock_undecided(case.id)
    if wish is not None and action is Action.CLAIMED:
        services.hand_over(wish, case)
    elif wish is not None:
        services.pass_on(wish, case.post_id)
