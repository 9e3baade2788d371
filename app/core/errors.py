"""The refusals that the domains speak in; the web layer turns them into pages."""

from typing import Any

from flask_babel import lazy_gettext as _l


class DomainError(Exception):
    """Refuse, with a sentence for the reader and the parameters that fill it."""

    message = _l("This cannot be done.")
    status = 409

    def __init__(self, message: Any = None, **params: object) -> None:
        # Any: a lazy string of Flask-Babel has no public type.
        super().__init__(str(type(self).__name__))
        if message is not None:
            self.message = message
        self.params = params

    def sentence(self) -> str:
        """Return the refusal in the language of the current reader."""
        text = str(self.message)
        return text % self.params if self.params else text


class NotFound(DomainError):
    """There is no such thing, or it is not for this reader: both look the same."""

    message = _l("This page does not exist, or it is not yours to see.")
    status = 404


class NotAllowed(DomainError):
    """The reader is known and may not do this."""

    message = _l("Your account may not do this.")
    status = 403


class Conflict(DomainError):
    """Somebody or something was faster."""

    message = _l("This was changed meanwhile. Look at it again before you decide.")


class InvalidTransition(DomainError):
    """The state does not allow this action."""

    message = _l("This is not possible in the present state of the request.")


class SlotTaken(DomainError):
    """The last seat went to somebody else a moment ago."""

    message = _l("This time has just been taken. Please choose another one.")


class Invalid(DomainError):
    """What was entered cannot be used; `field` names the place in the form."""

    message = _l("What was entered cannot be used.")
    status = 422

    def __init__(self, message: Any = None, *, field: str = "", **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class TooMany(DomainError):
    """Too many attempts in too short a time."""

    message = _l("There were too many attempts. Please wait a few minutes and try again.")
    status = 429
