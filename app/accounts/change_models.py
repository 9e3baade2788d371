"""That an address or a phone left an account, for as long as its former owner can take it back."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account, ContactKind
from app.core.crypto import DataKey, Sealed
from app.core.db import Model, Named, choice


class ContactChange(Named, Model):
    """One address or phone that was exchanged or removed, and the link that takes that back."""

    __tablename__ = "contact_change"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    kind: Mapped[ContactKind] = mapped_column(choice(ContactKind, name="kind_known"))
    sealed_former: Mapped[bytes] = mapped_column(LargeBinary)
    former_since: Mapped[datetime]
    """When the former one had been confirmed."""
    had_app: Mapped[bool]
    """Whether an app was asked for at signing in when it left; that one stays."""
    token_hash: Mapped[str] = mapped_column(String(32), unique=True)
    made_at: Mapped[datetime] = mapped_column(index=True)
    stopped_at: Mapped[datetime | None]
    """When it was taken back, by its own link or together with another one."""

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)
    former = Sealed[str]()

    @property
    def data_key(self) -> DataKey:
        """Return the key of the account, which seals the former address."""
        return self.account.data_key
