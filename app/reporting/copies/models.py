"""A copy of everything that is kept about an account, for its owner."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.crypto import DataKey
from app.core.db import Model, Named


class DataCopy(Named, Model):
    """An archive, sealed with a key of its own, gone after some hours."""

    __tablename__ = "data_copy"
    __table_args__ = (
        CheckConstraint("(ready_at IS NULL) = (parcel IS NULL)", name="ready_with_parcel"),
        Index(None, "account_id", "id"),
        Index(None, "expires_at"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    language: Mapped[str] = mapped_column(String(2))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    parcel: Mapped[str | None] = mapped_column(String(32))
    """Under which name the file lies, another one each time it is built."""
    parts: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]

    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)

    @property
    def file_name(self) -> str:
        """Return a name without anything personal."""
        return f"jaliya-{self.created_at:%Y%m%d}-{self.uid[:6]}.zip"
