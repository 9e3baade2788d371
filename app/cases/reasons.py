"""Why a request is refused, as the citizen reads it; the reasons of papers stand in the service."""

from typing import Any

from flask_babel import lazy_gettext as _l

REFUSAL: dict[str, Any] = {
    # Any: lazy strings of Flask-Babel have no public type.
    "not_entitled": _l("This service is not for the person named in the request."),
    "not_competent": _l("Another post or authority is competent for this request."),
    "papers_not_genuine": _l("The papers could not be accepted as genuine."),
    "duplicate": _l("There is already a request for the same thing."),
    "not_completed": _l("What was asked for did not arrive, or did not suffice."),
}


def of_refusal() -> list[tuple[str, str]]:
    """Return (code, sentence) of every reason for refusing a request."""
    return [(code, str(text)) for code, text in REFUSAL.items()]


def refusal_text(code: str | None) -> str:
    """Return the sentence of a reason, empty for one that is not known any more."""
    return str(REFUSAL.get(code or "", ""))
