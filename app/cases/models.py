"""The case: a citizen's request with its steps, items, events and correction rounds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.cases.rules import (
    WITHOUT_VISIT,
    Action,
    ItemKind,
    ItemState,
    State,
    StepKind,
    StepState,
)
from app.catalogue.models import Service, ServiceVersion
from app.core.actor import ActorKind, Role
from app.core.crypto import DataKey, Sealed, cannot_be_read
from app.core.db import BigKey, Keyed, Model, Named, choice, key_index
from app.core.shapes import JsonList, JsonObject
from app.documents.models import Document

OPEN = '"case".submitted_at IS NOT NULL AND "case".ended_at IS NULL'
ENDED = '"case".ended_at IS NOT NULL'
MEASURED = '"case".used_days IS NOT NULL'
NEW = "\"case\".state IN ('submitted', 'in_review')"
OFFERED = f'{NEW} AND "case".offered_id IS NOT NULL'
VISITORS = '"case".account_id IS NULL'
IN_FILING = '"case".filing_id IS NOT NULL'
RUNNING = f'{OPEN} AND "case".waiting_since IS NULL AND "case".state <> \'ready\''
HURRIED = f"{OPEN} AND \"case\".variant <> 'regular'"
HELD = '"case".assignee_id IS NOT NULL'
TO_CAPITAL = '"case".at_step = \'consignment\' AND "case".waiting_since IS NULL'
APPEALED = '"case".appealed_at IS NOT NULL'
TO_SECOND = f"{NEW} AND \"case\".at_step = 'second_review'"
"""What the lists of a queue hold, word for word as their partial indexes are told: cases that a
post works on, that are over, that wait for an officer, of visitors without an account, whose clock
runs, that hurry, that an officer has, whose papers wait for the pouch, whose refusal is appealed
against, that a second officer looks at."""


def _some(name: str, condition: str, *columns: str, **options: Any) -> Index:
    """Return an index over those cases that a condition in plain words holds for.

    (Any: options of an engine.)
    """
    where = text(condition.replace('"case".', ""))
    return Index(name, *columns, sqlite_where=where, postgresql_where=where, **options)


class Case(Named, Model):
    """A request of one person for one service; only cases.changing moves its state."""

    __tablename__ = "case"
    __table_args__ = (
        CheckConstraint("(state = 'draft') = (submitted_at IS NULL)", name="submitted_once"),
        Index("ix_case_queue", "post_id", "state", "due_on", "id"),
        _some(
            "ix_case_mine",
            HELD,
            "post_id",
            "assignee_id",
            "due_on",
            "id",
            postgresql_include=["submitted_at", "ended_at"],
        ),
        Index("ix_case_account", "account_id", "id"),
        Index("ix_case_person", "person_id", postgresql_using="hash"),
        key_index("case"),
        _some(
            "ix_case_new",
            NEW,
            "post_id",
            "due_on",
            "id",
            postgresql_include=["assignee_id", "lease_until"],
        ),
        _some(
            "ix_case_new_service",
            NEW,
            "post_id",
            "service_id",
            "due_on",
            "id",
            postgresql_include=["assignee_id", "lease_until", "offered_id"],
        ),
        _some("ix_case_open", OPEN, "post_id", "due_on", "id"),
        _some("ix_case_open_sent", OPEN, "post_id", "submitted_at", "id"),
        _some("ix_case_hurried", HURRIED, "post_id", "due_on", "id"),
        _some("ix_case_running", RUNNING, "post_id", "due_on", "id"),
        _some("ix_case_service", OPEN, "post_id", "service_id", "due_on", "id"),
        _some("ix_case_service_state", OPEN, "post_id", "service_id", "state", "due_on", "id"),
        _some("ix_case_ended", ENDED, "post_id", "ended_at", "id"),
        _some("ix_case_ended_sent", ENDED, "post_id", "submitted_at", "id"),
        _some("ix_case_service_ended", ENDED, "post_id", "service_id", "ended_at", "id"),
        _some(
            "ix_case_offered",
            OFFERED,
            "post_id",
            "offered_id",
            "due_on",
            "id",
            postgresql_include=["assignee_id", "lease_until"],
        ),
        _some("ix_case_capital", TO_CAPITAL, "post_id", "due_on", "id"),
        _some(
            "ix_case_second",
            TO_SECOND,
            "post_id",
            "due_on",
            "id",
            postgresql_include=["assignee_id", "lease_until"],
        ),
        _some("ix_case_appealed", APPEALED, "post_id", "due_on", "id"),
        _some("ix_case_visitor", VISITORS, "post_id", "id"),
        _some("ix_case_filing", IN_FILING, "filing_id"),
        _some(
            "ix_case_measured",
            MEASURED,
            "post_id",
            "done_on",
            "service_id",
            "variant",
            "used_days",
        ),
    )

    reference: Mapped[str] = mapped_column(String(16), unique=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    version_id: Mapped[int] = mapped_column(ForeignKey("service_version.id"))
    """The version that the citizen saw; it is never moved in silence."""
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    data_key_id: Mapped[int] = mapped_column(ForeignKey("data_key.id"))
    language: Mapped[str] = mapped_column(String(2))
    variant: Mapped[str] = mapped_column(String(32), default="regular")
    state: Mapped[State] = mapped_column(choice(State, name="state_known"), default=State.DRAFT)
    at_step: Mapped[StepKind | None] = mapped_column(choice(StepKind, name="at_step_known"))
    """The kind of the step that is being taken, none before the first and after the last."""
    version: Mapped[int] = mapped_column(default=1)
    """Counts the changes; an action names the one that its actor saw."""
    follow_hash: Mapped[str | None] = mapped_column(String(32))
    """Keyed hash of the follow-up code that stands on the slip."""
    sealed_follow_code: Mapped[bytes | None] = mapped_column(LargeBinary)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("staff_member.id"))
    lease_until: Mapped[datetime | None]
    offered_id: Mapped[int | None] = mapped_column(BigKey)
    """The deputy to whom a case is offered whose officer is away."""
    filing_id: Mapped[int | None] = mapped_column(BigKey)
    """The family.models.Filing in which it is sent with others; it goes by itself without one."""
    submitted_at: Mapped[datetime | None]
    due_on: Mapped[date | None] = mapped_column(Date)
    """The day by which the post promised to be done, moved by the days the citizen took."""
    waiting_since: Mapped[datetime | None]
    """Since when the clock stands still."""
    ended_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    """Since when an appeal against its refusal waits to be decided."""
    used_days: Mapped[int | None]
    """Working days that the post took, the citizen's own time left out, once its work is done."""
    done_on: Mapped[date | None]
    """The day of the post on which its work was done."""
    granted: Mapped[Any] = mapped_column(JsonList, default=list, server_default="[]")
    """Keys of the waivers that an officer granted (Any: JSON list of str)."""
    sealed_grounds: Mapped[bytes | None] = mapped_column(LargeBinary)
    refusal_code: Mapped[str | None] = mapped_column(String(32))
    sealed_refusal_note: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_left_over: Mapped[bytes | None] = mapped_column(LargeBinary)
    closed_at: Mapped[datetime | None]
    """Since when nobody can open it, because its time is over; then it is erased."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    service: Mapped[Service] = relationship()
    pinned: Mapped[ServiceVersion] = relationship()
    person: Mapped[Person] = relationship()
    data_key: Mapped[DataKey] = relationship(lazy="joined", innerjoin=True)
    steps: Mapped[list["CaseStep"]] = relationship(
        back_populates="case", lazy="raise_on_sql", order_by="CaseStep.position"
    )
    items: Mapped[list["CaseItem"]] = relationship(
        back_populates="case", lazy="raise_on_sql", order_by="CaseItem.position"
    )
    events: Mapped[list["CaseEvent"]] = relationship(
        back_populates="case", lazy="raise_on_sql", order_by="CaseEvent.number"
    )
    follow_code = Sealed[str]()
    refusal_note = Sealed[str](cannot_be_read)
    grounds = Sealed[dict[str, str]](dict)
    """Why each waiver was granted, in the officer's words, by its key."""
    left_over = Sealed[list[dict[str, Any]]](list)
    """Answers without a place in the version of a draft (Any: JSON, see cases.rebasing)."""


class CaseStep(Keyed, Model):
    """A step of the path, copied from the pinned version."""

    __tablename__ = "case_step"
    __table_args__ = (UniqueConstraint("case_id", "position"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[StepKind] = mapped_column(choice(StepKind, name="kind_known"))
    state: Mapped[StepState] = mapped_column(choice(StepState, name="state_known"))
    ended_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="steps")


class CaseItem(Named, Model):
    """A paper or a page of answers, reviewed by itself."""

    __tablename__ = "case_item"
    __table_args__ = (UniqueConstraint("case_id", "kind", "key"),)

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    position: Mapped[int]
    kind: Mapped[ItemKind] = mapped_column(choice(ItemKind, name="kind_known"))
    key: Mapped[str] = mapped_column(String(64))
    """The key of the paper or page in the pinned version."""
    state: Mapped[ItemState] = mapped_column(choice(ItemState, name="state_known"))
    reason_code: Mapped[str | None] = mapped_column(String(32))
    sealed_note: Mapped[bytes | None] = mapped_column(LargeBinary)
    sealed_typed: Mapped[bytes | None] = mapped_column(LargeBinary)
    decided_by: Mapped[int | None] = mapped_column(BigKey)
    decided_at: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="items", lazy="joined", innerjoin=True)
    answers: Mapped[list["CaseAnswers"]] = relationship(
        back_populates="item", lazy="raise_on_sql", order_by="CaseAnswers.revision"
    )
    files: Mapped[list["CaseFile"]] = relationship(
        back_populates="item", lazy="raise_on_sql", order_by="CaseFile.id"
    )
    note = Sealed[str](cannot_be_read)
    typed = Sealed[dict[str, list[str]]](dict)
    """What the citizen typed into a page and could not be accepted yet, as the form posts it."""

    @property
    def data_key(self) -> DataKey:
        """Return the key of the case."""
        return self.case.data_key


class CaseAnswers(Named, Model):
    """The answers of one page, kept in every revision since the case was sent."""

    __tablename__ = "case_answers"
    __table_args__ = (UniqueConstraint("item_id", "revision"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("case_item.id", ondelete="CASCADE"))
    revision: Mapped[int]
    sealed_values: Mapped[bytes] = mapped_column(LargeBinary)
    saved_at: Mapped[datetime]

    item: Mapped[CaseItem] = relationship(back_populates="answers", lazy="joined", innerjoin=True)
    values = Sealed[dict[str, Any]](dict)
    """Field key to answer (Any: JSON, see catalogue.answers)."""

    @property
    def data_key(self) -> DataKey:
        """Return the key of the case."""
        return self.item.case.data_key


class CaseFile(Keyed, Model):
    """A file brought for a paper; one that was replaced is kept."""

    __tablename__ = "case_file"
    __table_args__ = (Index(None, "item_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("case_item.id", ondelete="CASCADE"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    issued_on: Mapped[date | None] = mapped_column(Date)
    replaced_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    item: Mapped[CaseItem] = relationship(back_populates="files")
    document: Mapped[Document] = relationship(lazy="joined", innerjoin=True)


class CaseEvent(Keyed, Model):
    """What happened to a case; triggers refuse every update and delete."""

    __tablename__ = "case_event"
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        UniqueConstraint("case_id", "key"),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    number: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    """The idempotency key of the action."""
    action: Mapped[Action] = mapped_column(choice(Action, name="action_known"))
    state: Mapped[State] = mapped_column(choice(State, name="state_known"))
    """The state after the action."""
    actor_kind: Mapped[ActorKind] = mapped_column(choice(ActorKind, name="actor_kind_known"))
    actor_id: Mapped[int | None] = mapped_column(BigKey)
    actor_role: Mapped[Role | None] = mapped_column(choice(Role, name="actor_role_known"))
    """The role in which staff did it; none for others, and before 2026-12."""
    post_id: Mapped[int | None] = mapped_column(BigKey)
    """The post whose staff did it, else the one at which the case was; none before 2026-12."""
    details: Mapped[Any] = mapped_column(JsonObject)
    """Keys of items, codes and dates, nothing a person entered (Any: JSON)."""
    at: Mapped[datetime]

    case: Mapped[Case] = relationship(back_populates="events")

    @property
    def is_without_visit(self) -> bool:
        """Return whether a step of visiting ended without anybody's having to come."""
        return self.action is Action.VISIT_COMPLETED and WITHOUT_VISIT in self.details

    @property
    def is_half_decided(self) -> bool:
        """Return whether a second officer has yet to look at what the first one accepted."""
        return self.action is Action.ACCEPTED and self.state is State.SUBMITTED


class CaseTerm(Model):
    """A keyed hash of a phone or paper number that was written in the answers of a case."""

    __tablename__ = "case_term"
    __table_args__ = (Index(None, "case_id"),)

    term: Mapped[str] = mapped_column(String(32), primary_key=True)
    case_id: Mapped[int] = mapped_column(
        ForeignKey("case.id", ondelete="CASCADE"), primary_key=True
    )


class CorrectionRound(Named, Model):
    """Items to mend by a day; at most one round of a case is open."""

    __tablename__ = "correction_round"
    __table_args__ = (
        Index(
            "uq_correction_round_open",
            "case_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    case_id: Mapped[int] = mapped_column(ForeignKey("case.id", ondelete="CASCADE"))
    until_on: Mapped[date] = mapped_column(Date)
    opened_by: Mapped[int] = mapped_column(BigKey)
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    """"resubmitted", "revoked" or "lapsed"."""
