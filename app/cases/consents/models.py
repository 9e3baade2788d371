"""Who has to consent to a request besides the one who files it, and what they said."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.cases.consents.rules import ConsentState
from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice


class Consent(Named, Model):
    """One person who is asked, sealed with the key of the case; a former one is kept."""

    __tablename__ = "consent"
    __table_args__ = (
        CheckConstraint("code_left >= 0", name="tries_end"),
        CheckConstraint(
            "(state IN ('signed', 'declined', 'waived')) = (settled_at IS NOT NULL)",
            name="settled_once",
        ),
        Index(None, "case_id", "id"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    state: Mapped[ConsentState] = mapped_column(choice(ConsentState, name="state_known"))
    sealed_name: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_address: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(String(2))
    until_on: Mapped[date | None] = mapped_column(Date)
    """The day by which they should answer, once they were asked."""
    named_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(BigKey)
    """The officer who waived it."""
    answered_by: Mapped[int | None] = mapped_column(BigKey)
    """The account that was signed in where it was answered, None where nobody was."""
    code_hash: Mapped[str | None] = mapped_column(String(32))
    code_left: Mapped[int] = mapped_column(default=0)
    """Tries that the code which was sent last still has."""
    code_until: Mapped[datetime | None]

    case: Mapped[Case] = relationship()
    name = Sealed[str](cannot_be_read)
    address = Sealed[str]()
    reason = Sealed[str](cannot_be_read)
    """Why they declined, or why it was waived."""

    @property
    def is_answered_by_filer(self) -> bool:
        """Return whether it was answered where the one who filed the request was signed in."""
        return self.answered_by is not None and self.answered_by == self.case.account_id

    @property
    def data_key(self) -> DataKey:
        """Return the key of the case."""
        return self.case.data_key
