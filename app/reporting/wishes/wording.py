"""The words for applications for erasure, as citizens and staff read them."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.reporting.wishes.models import ErasureWish
from app.reporting.wishes.rules import Answer, Ground, Scope, WishState

Status = tuple[str, Any]
"""The kind of a state (see status in _macros/content.html) and its word (Any: a lazy string)."""

STATES: Mapping[WishState, Status] = {
    WishState.ASKED: ("work", lazy_pgettext("erasure", "To be answered")),
    WishState.PROPOSED: ("work", lazy_pgettext("erasure", "A second person decides")),
    WishState.GRANTED: ("work", lazy_pgettext("erasure", "Granted, being erased")),
    WishState.REFUSED: ("stopped", lazy_pgettext("erasure", "Refused")),
    WishState.WITHDRAWN: ("done", lazy_pgettext("erasure", "Withdrawn")),
    WishState.DONE: ("done", lazy_pgettext("erasure", "Erased")),
}
ANSWERS: Mapping[Answer, Any] = {
    Answer.GRANT: _l("The data is erased"),
    Answer.REFUSE: _l("The data is kept"),
}
GROUNDS: Mapping[Ground, Any] = {
    Ground.RUNNING: _l("A request is still running"),
    Ground.APPEAL: _l("An appeal waits for its decision"),
    Ground.HELD: _l("A court, a complaint or the like needs the request"),
    Ground.DUTY: _l("A law demands that it is kept for a time"),
}
SCOPES: Mapping[Scope, Any] = {
    Scope.CASE: _l("One request"),
    Scope.ACCOUNT: _l("The whole account"),
}


def status_for_citizen(wish: ErasureWish) -> Status:
    """Return the state as its citizen reads it: who looks at it is the post's own matter."""
    shown = WishState.ASKED if wish.state is WishState.PROPOSED else wish.state
    return STATES[shown]
