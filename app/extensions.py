"""Extension objects that exist before any app does."""

from functools import cached_property
from typing import Any

from flask import has_app_context
from flask_babel import Babel, Domain  # type: ignore[attr-defined]  # (it has no types)
from flask_wtf import CSRFProtect

from app.core import i18n
from app.core.db import db


class Catalogues(Domain):  # type: ignore[misc]
    """The catalogues by the code of the reader's language.

    The extension finds out the locale and writes its name at every sentence: for a list of
    requests that is as long as asking the database for them.
    """

    def get_translations(self) -> Any:
        """Return the catalogue of the present reader (Any: no types, as above)."""
        if not has_app_context():
            return super().get_translations()
        code = i18n.language()
        if code not in self.cache:
            self.cache[code] = super().get_translations()
        return self.cache[code]


class Languages(Babel):
    """The extension with these catalogues."""

    @cached_property
    def domain_instance(self) -> Domain:
        """Return where sentences are looked up."""
        return Catalogues()


babel = Languages()
csrf = CSRFProtect()

__all__ = ["babel", "csrf", "db"]
