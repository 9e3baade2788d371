"""The note on the pages of a draft whose service has changed, or that has moved with it."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _

from app.cases import filing, moving
from app.cases.models import Case
from app.cases.rules import State
from app.catalogue import queries as catalogue


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionNote:
    """What is to be known, and where more of it stands."""

    text: str
    link: str = ""
    url: str = ""
    stops_sending: bool = False
    """Whether the draft cannot be sent as things stand."""


def of(case: Case) -> VersionNote | None:
    """Return the note of a draft, None when there is nothing to be said."""
    if case.state is not State.DRAFT:
        return None
    if not catalogue.offered_among({case.service_id}):
        return VersionNote(text=str(filing.NOT_AVAILABLE), stops_sending=True)
    url = url_for("moving.show", reference=case.reference)
    if moving.find_newer(case) is not None:
        return VersionNote(
            text=_("The service has changed since this draft was begun."),
            link=_("See what is new, and decide"),
            url=url,
        )
    if case.sealed_left_over is not None:
        return VersionNote(
            text=_("Some answers had no place any more when this draft moved to the new version."),
            link=_("Show these answers"),
            url=url,
        )
    return None
