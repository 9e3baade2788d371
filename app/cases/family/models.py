"""Requests for several persons of a household that are filed together."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model, Named


class Filing(Named, Model):
    """Requests of one account for one service, a case for each person, sent all or none.

    A case names it in `filing_id`.
    """

    __tablename__ = "filing"

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
