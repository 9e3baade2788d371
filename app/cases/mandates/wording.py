"""The authority to act for somebody, in words."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext

from app.accounts.rules import AuthorityKind
from app.cases.mandates.rules import Flaw, MandateState
from app.cases.wording import Status

Lazy = Any
"""A lazy string of Flask-Babel, which has no public type."""

STATES: dict[MandateState, Status] = {
    MandateState.RECEIVED: Status("work", lazy_pgettext("authority", "Not checked yet")),
    MandateState.ACCEPTED: Status("done", lazy_pgettext("authority", "Accepted")),
    MandateState.REJECTED: Status("waits", lazy_pgettext("authority", "Not accepted")),
    MandateState.REVOKED: Status("stopped", lazy_pgettext("authority", "Revoked")),
    MandateState.REPLACED: Status("stopped", lazy_pgettext("authority", "Replaced")),
}

KINDS: dict[AuthorityKind, Lazy] = {
    AuthorityKind.PARENT: _l("A parent acts for a child"),
    AuthorityKind.GUARDIAN: _l("A guardian acts for a ward"),
    AuthorityKind.AGENT: _l("An agent acts by power of attorney"),
}

TO_AGENT: dict[Flaw, Lazy] = {
    Flaw.MISSING: _l(
        "Before a request can be filed for this person, the paper is needed by which you act for "
        "them. Enter it under My people."
    ),
    Flaw.REJECTED: _l(
        "The post did not accept the paper by which you act for this person. Read why under My "
        "people, and attach another one there."
    ),
    Flaw.REVOKED: _l(
        "The authority to act for this person was revoked. The person can file the request "
        "themselves, or give a new power of attorney, which is entered under My people."
    ),
    Flaw.EXPIRED: _l(
        "The power of attorney or decision by which you act for this person has ended. Attach a "
        "valid one under My people, or the person files the request themselves."
    ),
    Flaw.OUT_OF_SCOPE: _l(
        "The power of attorney by which you act for this person does not cover this service. "
        "Attach one that does under My people, or the person files the request themselves."
    ),
    Flaw.UNCHECKED: _l("An officer has not checked yet by what right you act for this person."),
    Flaw.UNCONFIRMED: _l(
        "The person revoked an earlier paper. Nothing can be filed by the new one until they "
        "confirm it at the address to which we wrote, or an officer accepts it. The person can "
        "file the request themselves."
    ),
}
"""What stops somebody who files for another, each with the way out."""

TO_OFFICER: dict[Flaw, Lazy] = {
    Flaw.MISSING: _l("No paper was given by which the account acts for the applicant."),
    Flaw.REJECTED: _l("The paper by which the account acts for the applicant was not accepted."),
    Flaw.REVOKED: _l("The authority to act for the applicant was revoked."),
    Flaw.EXPIRED: _l("The authority to act for the applicant has ended."),
    Flaw.OUT_OF_SCOPE: _l("The authority to act for the applicant does not cover this service."),
    Flaw.UNCHECKED: _l("Check the authority to act for the applicant before you accept."),
    Flaw.UNCONFIRMED: _l(
        "The applicant revoked an earlier paper and has not confirmed this one. Ask them before "
        "you accept it."
    ),
}
