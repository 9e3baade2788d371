"""A citizen's wish that a request or the account be erased; decided by two, kept without a name."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Account
from app.cases.models import Case
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Model, Named, choice
from app.reporting.wishes.rules import Answer, Ground, Scope, WishState

OPEN = "state IN ('asked', 'proposed', 'granted')"
OF_CASE = text(f"{OPEN} AND case_id IS NOT NULL")
OF_ACCOUNT = text(f"{OPEN} AND case_id IS NULL")


class ErasureWish(Named, Model):
    """A wish; once it is carried out it leads to nobody."""

    __tablename__ = "erasure_wish"
    __table_args__ = (
        CheckConstraint("decided_by <> proposed_by", name="decided_by_another"),
        CheckConstraint(
            "(proposed_by IS NULL) = (proposed_at IS NULL)"
            " AND (proposed_by IS NULL) = (answer IS NULL)",
            name="proposed_whole",
        ),
        CheckConstraint(
            "state NOT IN ('proposed', 'granted', 'refused', 'done') OR proposed_by IS NOT NULL",
            name="proposed_first",
        ),
        CheckConstraint(
            "(state IN ('granted', 'refused', 'done')) = (decided_by IS NOT NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_whole",
        ),
        CheckConstraint("answer <> 'refuse' OR ground IS NOT NULL", name="refused_with_ground"),
        CheckConstraint(
            "(account_id IS NULL AND case_id IS NULL) = (state = 'done')",
            name="done_leads_to_nobody",
        ),
        CheckConstraint(
            "account_id IS NOT NULL OR recorded_by IS NOT NULL OR state = 'done'",
            name="of_account_or_recorded",
        ),
        CheckConstraint("decided_by <> recorded_by", name="decided_by_third"),
        CheckConstraint(
            "(case_id IS NOT NULL) = (scope = 'case' AND state <> 'done')", name="of_one_request"
        ),
        Index(
            "uq_erasure_wish_of_case",
            "case_id",
            unique=True,
            sqlite_where=OF_CASE,
            postgresql_where=OF_CASE,
        ),
        Index(
            "uq_erasure_wish_of_account",
            "account_id",
            unique=True,
            sqlite_where=OF_ACCOUNT,
            postgresql_where=OF_ACCOUNT,
        ),
        Index("ix_erasure_wish_post", "post_id", "state", "due_on", "id"),
        Index("ix_erasure_wish_account", "account_id", "id"),
        Index("ix_erasure_wish_case", "case_id"),
    )

    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    """Whose wish it is; none for a visitor, whose wish was recorded at the counter."""
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    """The request that is to go; none where the whole account is to."""
    scope: Mapped[Scope] = mapped_column(choice(Scope, name="scope_known"))
    state: Mapped[WishState] = mapped_column(choice(WishState, name="state_known"))
    recorded_by: Mapped[int | None] = mapped_column(BigKey)
    """Who compared the paper of a visitor with the request, and wrote the wish down."""
    sealed_contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    asked_at: Mapped[datetime]
    due_on: Mapped[date] = mapped_column(Date)
    """The last day for an answer."""
    answer: Mapped[Answer | None] = mapped_column(choice(Answer, name="answer_known"))
    ground: Mapped[Ground | None] = mapped_column(choice(Ground, name="ground_known"))
    sealed_reason: Mapped[bytes | None] = mapped_column(LargeBinary)
    proposed_by: Mapped[int | None] = mapped_column(BigKey)
    proposed_at: Mapped[datetime | None]
    sealed_remark: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[int | None] = mapped_column(BigKey)
    decided_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    account: Mapped[Account | None] = relationship(lazy="joined")
    case: Mapped[Case | None] = relationship(lazy="joined")
    reason = Sealed[str](cannot_be_read)
    """Of the answer, as the citizen reads it when it is a refusal."""
    remark = Sealed[str](cannot_be_read)
    """Why the second of two sent the proposal back."""

    contact = Sealed[str](cannot_be_read)
    """Where a visitor is told of the answer, as it was given at the counter."""

    @property
    def data_key(self) -> DataKey:
        """Return the key of the account, or of the request of a visitor."""
        if self.account is not None:
            return self.account.data_key
        if self.case is not None:
            return self.case.data_key
        raise LookupError("a wish that was carried out leads to nobody")
