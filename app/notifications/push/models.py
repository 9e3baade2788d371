"""Browsers that somebody wants to be told in."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.core.crypto import DataKey, Sealed
from app.core.db import Model, Named


class PushDevice(Named, Model):
    """One browser of an account, as its push service names it."""

    __tablename__ = "push_device"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    endpoint_hash: Mapped[str] = mapped_column(String(32), unique=True)
    """Keyed hash of the address: a browser is one account's only, whoever used it last."""
    device: Mapped[str] = mapped_column(String(64))
    """What kind of device it is, as far as the browser said; empty for unknown."""
    sealed_subscription: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]
    """Since when its push service says that there is no such browser."""

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    subscription = Sealed[dict[str, str]]()

    @property
    def data_key(self) -> DataKey:
        """Return the key of the account, which seals the subscription."""
        return self.account.data_key
