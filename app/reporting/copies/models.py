"""A copy of everything that is kept about an account, for its owner."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.reporting.built import Built


class DataCopy(Built, Model):
    """An archive, sealed with a key of its own, gone after some hours."""

    __tablename__ = "data_copy"
    __table_args__ = (
        CheckConstraint("(ready_at IS NULL) = (parcel IS NULL)", name="ready_with_parcel"),
        Index(None, "account_id", "id"),
        Index(None, "expires_at"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))

    @property
    def file_name(self) -> str:
        """Return a name without anything personal."""
        return f"jaliya-{self.created_at:%Y%m%d}-{self.uid[:6]}.zip"
