"""For auditors: who did and saw what at the post, by filters that stand in the address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext, pgettext

from app.audit import queries as records
from app.audit import sealing
from app.audit.models import AuditEntry
from app.audit.queries import Look
from app.cases import looking
from app.catalogue import queries as catalogue
from app.core import clock
from app.core.actor import ActorKind, Role
from app.desk import queries, record_words
from app.desk.queries import StaffName
from app.desk.views import post_of
from app.web import days, navigation
from app.web.access import Audience, acting, staff
from app.web.navigation import Place

PATH = "/desk/record"
bp = Blueprint("desk_record", __name__)

ROWS = 50
LONGEST_OBJECT = 64
RECORD, STAFF = "record", "staff"
WHO: Mapping[str, tuple[ActorKind, Any]] = {
    "citizens": (ActorKind.CITIZEN, lazy_pgettext("record", "A citizen")),
    "program": (ActorKind.SYSTEM, _l("The program")),
}

navigation.enter(Place.HEAD, Audience.STAFF, 70, "desk_record.show", _l("Record"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the address of a look says, as typed where it can be meant."""

    who: str
    what: str
    object: str
    since: date | None
    until: date | None
    before: int | None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> "Filters":
        """Return the filters of an address; what is no filter is left out."""
        before = args.get("before", "")[:18]
        typed = args.get("object", "").strip()[:LONGEST_OBJECT]
        return cls(
            who=args.get("who", "")[:32],
            what=args.get("what", "") if args.get("what") in record_words.GROUPS else "",
            object=typed if typed.isprintable() else "",
            since=days.read(args.get("since", "")[:10]),
            until=days.read(args.get("until", "")[:10]),
            before=int(before) if before.isascii() and before.isdigit() else None,
        )

    def url(self, before: int | None = None) -> str:
        """Return the address of the same look, at its beginning or behind an entry."""
        parts: dict[str, Any] = {  # Any: as url_for takes them
            "who": self.who,
            "what": self.what,
            "object": self.object,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "before": before,
        }
        return url_for(".show", **{name: value for name, value in parts.items() if value})


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry as it is shown; it holds nothing that a citizen entered."""

    number: int
    at: datetime
    who: Any
    """A name of staff, or a lazy string (Any: it has no public type)."""
    act: Any
    """In words, empty where there is a code only."""
    code: str
    reference: str
    """Of the request that it is about, empty for another object."""
    object: Any
    """What else it is about in words, or its code where there are none; empty for the record."""
    name: str
    """Of the member of staff that it is about, empty for anything else."""
    object_url: str
    """Of all entries about this object."""
    fields: str


@bp.get("")
@staff(Role.AUDITOR)
def show() -> ResponseReturnValue:
    """Show the newest entries of a look, and whether the record is sealed."""
    actor, chosen = acting(), Filters.read(request.args)
    post_id, zone = post_of(actor), catalogue.current_zone()
    looking.note(RECORD, RECORD, actor)
    known = queries.list_staff(post_id)
    found = records.list_entries(_look(chosen, post_id, known, zone), limit=ROWS)
    shown = found[:ROWS]
    head = sealing.head()
    return render_template(
        "desk/record.html",
        chosen=chosen,
        rows=_rows(shown, known),
        who=_who(known, chosen),
        what=_what(chosen),
        first_url=chosen.url() if chosen.before else "",
        next_url=chosen.url(shown[-1].id) if len(found) > ROWS else "",
        sealed_at=head.sealed_at if head else None,
        late=sealing.count_late(clock.now()),
    )


def _look(chosen: Filters, post_id: int, known: Sequence[StaffName], zone: str) -> Look:
    uids = {one.uid: one.id for one in known}
    kind = WHO[chosen.who][0] if chosen.who in WHO else None
    if chosen.who in uids:
        kind = ActorKind.STAFF
    is_read = chosen.what == "reads"
    kinds = record_words.OBJECTS.get(chosen.what, ())
    uid = _object(chosen.object, post_id)
    return Look(
        post_id=post_id,
        actor_kind=kind,
        actor_id=uids.get(chosen.who),
        object_kinds=kinds or (record_words.KINDS if uid else ()),
        object_uid=uid,
        actions=record_words.READS if is_read else (),
        since=_midnight(chosen.since, zone),
        until=_midnight(chosen.until + timedelta(days=1) if chosen.until else None, zone),
        before=chosen.before,
    )


def _object(typed: str, post_id: int) -> str:
    """Return the uid of a request of the post by its reference, else what was typed as a uid."""
    return queries.uid_of_case(typed, post_id) or typed


def _midnight(day: date | None, zone: str) -> datetime | None:
    return datetime.combine(day, time.min, ZoneInfo(zone)) if day else None


Option = tuple[str, str, bool]
"""Value, text, and whether it is chosen."""


def _who(known: Sequence[StaffName], chosen: Filters) -> tuple[Option, ...]:
    names = queries.names_of_staff((), known)
    people = [(one.uid, names[one.id]) for one in known]
    others = [(key, str(label)) for key, (_kind, label) in WHO.items()]
    options = [("", _("Everybody")), *others, *people]
    return tuple((value, text, value == chosen.who) for value, text in options)


def _what(chosen: Filters) -> tuple[Option, ...]:
    groups = [(key, str(label)) for key, label in record_words.GROUPS.items()]
    options = [("", pgettext("record", "All acts")), *groups]
    return tuple((value, text, value == chosen.what) for value, text in options)


def _rows(entries: Sequence[AuditEntry], known: Sequence[StaffName]) -> list[Row]:
    of_staff = (one.actor_id for one in entries if one.actor_kind is ActorKind.STAFF)
    names = queries.names_of_staff(of_staff, known)
    references = queries.references_of(
        one.object_uid for one in entries if one.object_kind == "case"
    )
    people = {one.uid: names[one.id] for one in known}
    return [_row(one, names, references, people) for one in entries]


def _row(
    entry: AuditEntry,
    names: Mapping[int, str],
    references: Mapping[str, str],
    people: Mapping[str, str],
) -> Row:
    others = {kind: label for kind, label in WHO.values()}
    fields = sorted(entry.fields.items()) if isinstance(entry.fields, dict) else ()
    return Row(
        number=entry.id,
        at=entry.at,
        who=others.get(entry.actor_kind) or names.get(entry.actor_id or 0, ""),
        act=record_words.act(entry.action),
        code=entry.action,
        reference=references.get(entry.object_uid, "") if entry.object_kind == "case" else "",
        object=""
        if entry.object_kind == RECORD
        else record_words.NAMES.get(entry.object_kind, entry.object_kind),
        name=people.get(entry.object_uid, "") if entry.object_kind == STAFF else "",
        object_url=url_for(".show", object=entry.object_uid),
        fields=", ".join(f"{name}: {_plain(value)}" for name, value in fields),
    )


def _plain(value: object) -> str:
    """Return what was noted without the signs of a program, which few auditors read."""
    if isinstance(value, dict):
        return " ".join(_plain(one) for one in value.values() if one is not None)
    if isinstance(value, list):
        between = "; " if any(isinstance(one, dict) for one in value) else " "
        return between.join(map(_plain, value))
    return str(value)
