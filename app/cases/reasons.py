"""Why a request is refused or something is asked again; reasons of papers stand in the service."""

from typing import Any

from flask_babel import lazy_gettext as _l

REFUSAL: dict[str, Any] = {
    # Any: lazy strings of Flask-Babel have no public type.
    "not_entitled": _l("This service is not for the person named in the request."),
    "not_competent": _l("Another post or authority is competent for this request."),
    "papers_not_genuine": _l("The papers could not be accepted as genuine."),
    "duplicate": _l("There is already a request for the same thing."),
    "not_completed": _l("What was asked for did not arrive, or did not suffice."),
    "capital": _l("The authority in the capital refused the request."),
}
CAPITAL = "capital"
"""Why a request ends whose papers came back refused."""

SERVICE_CHANGED = "service_changed"
BUILT_IN: dict[str, Any] = {
    # Any: as above.
    SERVICE_CHANGED: _l(
        "The service has changed since the request was sent, so this is asked now."
    ),
}
"""Reasons that any item can have, whatever its service says."""


def built_in_text(code: str | None) -> str:
    """Return the sentence of a reason that every service has, empty for any other."""
    return str(BUILT_IN.get(code or "", ""))


def of_refusal() -> list[tuple[str, str]]:
    """Return (code, sentence) of every reason for refusing a request."""
    return [(code, str(text)) for code, text in REFUSAL.items()]


def refusal_text(code: str | None) -> str:
    """Return the sentence of a reason, empty for one that is not known any more."""
    return str(REFUSAL.get(code or "", ""))
