"""The words in which a hand-over is asked for, told and printed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.cases.receipts import Authority, Receiver, Shown

# Any: lazy strings of Flask-Babel have no public type.
RECEIVERS: Mapping[Receiver, Any] = {
    Receiver.APPLICANT: _l("The applicant in person"),
    Receiver.GUARDIAN: _l("A parent or guardian of the applicant"),
    Receiver.PROXY: _l("Somebody with the applicant’s authority"),
}
SHOWN: Mapping[Shown, Any] = {
    Shown.PASSPORT: _l("Passport"),
    Shown.NATIONAL_ID: _l("National identity card"),
    Shown.RESIDENCE_PERMIT: _l("Residence permit"),
    Shown.OTHER: _l("Another document with a photo"),
}
AUTHORITIES: Mapping[Authority, Any] = {
    Authority.NOTARISED: _l("Power of attorney"),
    Authority.WRITTEN: _l("Written authority with the applicant’s signature"),
}
TOLD_STAFF: Mapping[Receiver, Any] = {
    Receiver.APPLICANT: _l("Handed over to the applicant in person, receipt %(number)s"),
    Receiver.GUARDIAN: _l("Handed over to a parent or guardian, receipt %(number)s"),
    Receiver.PROXY: _l("Handed over to somebody with authority, receipt %(number)s"),
}
TOLD_CITIZENS: Mapping[Receiver, Any] = {
    Receiver.APPLICANT: _l("The document was handed over to the applicant in person"),
    Receiver.GUARDIAN: _l("The document was handed over to a parent or guardian of the applicant"),
    Receiver.PROXY: _l("The document was handed over to somebody with the applicant’s authority"),
}
KNOWN_TO_STAFF: Mapping[str, Any] = {
    "is_unpaid": _l("The fee was not paid, and the officer knew it"),
    "is_other_number": _l("The number that was shown is not the one on file"),
}
"""What an officer confirmed at a hand-over, by the detail of its event."""
