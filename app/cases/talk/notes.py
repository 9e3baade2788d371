"""Notes among staff about one case, and the colleagues who are asked to read them.

Each function works in the caller's transaction.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload, selectinload

from app.accounts import queries as accounts
from app.audit import services as audit
from app.cases import access, changing, queries
from app.cases.models import Case
from app.cases.talk import rules, texts
from app.cases.talk.models import CaseNote, NoteMention
from app.core import clock
from app.core.actor import Actor, ActorKind, Role
from app.core.db import db
from app.core.errors import Invalid, NotAllowed
from app.notifications import services as notifications

READERS = (Role.OFFICER, Role.HEAD)
MOST_WAITING = 20
AN_HOUR = timedelta(hours=1)


def write(reference: str, text: str, *, mentioned: Collection[int], actor: Actor) -> CaseNote:
    """Add a note to a case, for these colleagues to read; return it.

    Raises Invalid for a text that is empty or too long, for somebody who is no colleague, and
    when there are as many notes as there may be.
    """
    case = changing.lock_named(reference, actor)
    _check_reader(actor)
    text = texts.checked(text)
    chosen = _colleagues(mentioned, actor)
    written = db.session.scalar(select(func.count()).where(CaseNote.case_id == case.id))
    if (written or 0) >= rules.MOST_NOTES:
        raise Invalid(_l("There are as many notes on this request as there may be."), field="text")

    note = CaseNote(case=case, author_id=actor.id, written_at=clock.now())
    note.text = text
    note.mentions = [NoteMention(staff_id=one) for one in sorted(chosen)]
    db.session.add(note)
    _read(case.id, actor)
    db.session.flush()
    _tell(note, case.reference)
    audit.record(
        "case_note_written",
        actor=actor,
        object_kind="case",
        object_uid=case.uid,
        post_id=case.post_id,
        fields={"note": note.uid, "mentioned": sorted(chosen)},
    )
    return note


def _tell(note: CaseNote, reference: str) -> None:
    """Tell by mail whoever is mentioned that there is a note, without a word of it.

    Who has not read what waits is told once an hour, however many notes are added meanwhile.
    """
    for mention in note.mentions:
        staff = accounts.get_staff(mention.staff_id)
        notifications.tell_staff(
            "note_mention",
            staff,
            dedupe=f"mention/{staff.uid}/{_waiting_since(note, mention.staff_id)}",
            payload={"reference": reference},
        )


def _waiting_since(note: CaseNote, staff_id: int) -> str:
    """Return the first note of a case that waits for a colleague, and the hour since then."""
    uid, written_at = db.session.execute(
        select(CaseNote.uid, CaseNote.written_at)
        .join(NoteMention, NoteMention.note_id == CaseNote.id)
        .where(
            CaseNote.case_id == note.case_id,
            NoteMention.staff_id == staff_id,
            NoteMention.read_at.is_(None),
        )
        .order_by(CaseNote.id)
        .limit(1)
    ).one()
    return f"{uid}/{(note.written_at - written_at) // AN_HOUR}"


def _check_reader(actor: Actor) -> None:
    if actor.kind is not ActorKind.STAFF or not actor.has_role(*READERS):
        raise NotAllowed()


def _colleagues(mentioned: Collection[int], actor: Actor) -> set[int]:
    chosen = set(mentioned) - {actor.id}
    known = {one.id for one in accounts.list_colleagues(actor.post_id or 0, READERS)}
    if not chosen <= known or len(chosen) > rules.MOST_MENTIONED:
        raise Invalid(
            _l("Choose at most %(most)s colleagues from the list."),
            field="mentioned",
            most=rules.MOST_MENTIONED,
        )
    return {one for one in chosen if one is not None}


def mark_read(reference: str, *, actor: Actor) -> None:
    """Note that whoever was mentioned has read the notes of a case."""
    _read(queries.get_id(reference, actor), actor)


def _read(case_id: int, actor: Actor) -> None:
    of_case = select(CaseNote.id).where(CaseNote.case_id == case_id)
    db.session.execute(
        update(NoteMention)
        .where(
            NoteMention.staff_id == actor.id,
            NoteMention.read_at.is_(None),
            NoteMention.note_id.in_(of_case),
        )
        .values(read_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def list_notes(case: Case) -> Sequence[CaseNote]:
    """Return the notes of a case, in order, with who is mentioned."""
    return db.session.scalars(
        select(CaseNote)
        .options(selectinload(CaseNote.mentions))
        .where(CaseNote.case_id == case.id)
        .order_by(CaseNote.id)
    ).all()


def count_notes(case_id: int) -> int:
    """Return how many notes a case has."""
    return db.session.scalar(select(func.count()).where(CaseNote.case_id == case_id)) or 0


def list_waiting(actor: Actor) -> Sequence[CaseNote]:
    """Return the notes that a member of staff is asked to read and has not, oldest first.

    Each comes with its case, whose it is and the version of its service.
    """
    return db.session.scalars(
        select(CaseNote)
        .join(NoteMention, NoteMention.note_id == CaseNote.id)
        .join(Case, Case.id == CaseNote.case_id)
        .options(
            joinedload(CaseNote.case).joinedload(Case.person),
            joinedload(CaseNote.case).joinedload(Case.pinned),
        )
        .where(
            NoteMention.staff_id == actor.id,
            NoteMention.read_at.is_(None),
            access.is_visible(actor),
        )
        .order_by(NoteMention.id)
        .limit(MOST_WAITING)
    ).all()
