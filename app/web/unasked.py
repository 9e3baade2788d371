"""Fields that a form does not have: whoever sends the names of our columns is named in the log.

What is sent so changes nothing, for a form reads its own fields alone; that it was tried is worth
knowing. The names are ours, and what was sent under them is not written down.
"""

import logging
from collections.abc import Container

from flask import request

from app.web.misses import who_asks

logger = logging.getLogger(__name__)

COLUMNS = (
    *("id", "uid", "account_id", "owner_id", "person_id", "staff_id", "post_id", "assignee_id"),
    *("role", "roles", "is_admin", "status", "state", "at_step", "version_id", "data_key_id"),
    *("fingerprint", "verified_at", "created_at", "closed_at", "disabled_at", "password_hash"),
)
"""What nobody types: who something belongs to, how it stands, and what may be done by whom."""


def note(fields: Container[str]) -> None:
    """Log the names of columns that came with a form which has no such fields."""
    sent = [name for name in COLUMNS if name in request.form and name not in fields]
    if sent:
        logger.warning(
            "fields sent that the form does not have",
            extra={"who": who_asks(), "endpoint": request.endpoint, "fields": sent},
        )
