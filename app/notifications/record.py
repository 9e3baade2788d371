"""The head of the record, sent once a day to whoever keeps it outside."""

from datetime import datetime

from flask import current_app

from app.audit import anchoring
from app.core import i18n
from app.notifications import services


def send_head(period_at: datetime) -> None:
    """Tell the address of AUDIT_MAIL where the record ends, as periodic work; once for a period."""
    address, head = current_app.config["SETTINGS"].audit_mail, anchoring.current()
    if not address or head is None:
        return
    services.tell_address(
        "record_head",
        address=address,
        language=i18n.DEFAULT,
        dedupe=f"record_head/{period_at.date().isoformat()}",
        payload={"code": str(head)},
    )
