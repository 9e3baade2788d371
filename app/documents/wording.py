"""The sentences that tell a citizen why a file is refused."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l

from app.core.errors import DomainError, Invalid, NotFound
from app.documents.rules import LARGEST_FILE, Reason

SENTENCES = {
    Reason.EMPTY: _l("This file is empty. Choose it again, or take the photo once more."),
    Reason.TOO_LARGE: _l(
        "This file is larger than %(megabytes)s MB. Make it smaller, "
        "or take the photo at a lower quality."
    ),
    Reason.WRONG_KIND: _l(
        "This file cannot be used, whatever its name says. Attach one of these kinds: %(kinds)s."
    ),
    Reason.UNREADABLE: _l(
        "This file is damaged or incomplete. Choose it again, or take the photo once more."
    ),
    Reason.LOCKED: _l("This PDF is locked with a password. Save it without one and attach that."),
    Reason.TOO_MANY_PAGES: _l(
        "This PDF has too many pages: at most %(pages)s are possible for this paper."
    ),
    Reason.TOO_MANY_PIXELS: _l("This picture is too large. Save it smaller and attach that."),
    Reason.TOO_COMPLEX: _l(
        "This file cannot be shown here. Take a photo of the paper and attach that."
    ),
    Reason.INFECTED: _l(
        "The virus scanner has refused this file. Attach another one from a clean device."
    ),
    Reason.LOST: _l("This file was lost on our side. Please attach it once more."),
}


class NotScanned(DomainError):
    """A file that is shown at once cannot be taken while the scanner gives no answer."""

    message = _l("The virus scanner does not answer. Please send the file again in a few minutes.")
    status = 503


class Damaged(NotFound):
    """What is stored has lost or changed bytes, so that nothing of it is given out."""

    message = _l("This file is damaged on our side and cannot be shown. The fault was recorded.")
    status = 410


def refusal(
    reason: Reason, *, formats: Iterable[str], max_bytes: int, max_pages: int, field: str = "file"
) -> Invalid:
    """Return the error for a refused file, ready to be raised."""
    return Invalid(
        SENTENCES[reason],
        field=field,
        megabytes=min(max_bytes, LARGEST_FILE) // (1024 * 1024),
        kinds=", ".join(sorted(text.upper() for text in formats)),
        pages=max_pages,
    )
