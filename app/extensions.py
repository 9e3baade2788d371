"""Extension objects that exist before any app does."""

from flask_babel import Babel
from flask_wtf import CSRFProtect

from app.core.db import db

babel = Babel()
csrf = CSRFProtect()

__all__ = ["babel", "csrf", "db"]
