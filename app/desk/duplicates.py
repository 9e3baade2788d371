"""Other requests that may be the same wish, in the words of staff; nothing follows by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.accounts.rules import MarkKind
from app.cases.duplicates import queries
from app.cases.duplicates.queries import Twin
from app.cases.models import Case
from app.core import i18n
from app.core.actor import Actor
from app.desk import queries as staff
from app.desk import wording
from app.desk.history import LTR, Line

# Any: lazy strings of Flask-Babel have no public type.
SAME: Mapping[MarkKind, Any] = {
    MarkKind.NATIONAL: _l("the same national number"),
    MarkKind.PASSPORT: _l("the same passport number"),
    MarkKind.NAME_AR: _l("the same name in Arabic"),
    MarkKind.NAME_LATIN: _l("the same name in Latin letters"),
    MarkKind.NAME_RU: _l("the same name in Russian"),
    MarkKind.MOTHER: _l("the same name of the mother"),
    MarkKind.BIRTH: _l("the same day of birth"),
    MarkKind.YEAR: _l("the same year of birth"),
}
DIFFERS: Mapping[MarkKind, Any] = {
    MarkKind.NATIONAL: _l("another national number"),
    MarkKind.PASSPORT: _l("another passport number"),
    MarkKind.BIRTH: _l("another day of birth"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinView:
    """Another request, and why it is shown."""

    reference: str
    url: str
    state: tuple[str, str]
    why: str


def views(case: Case, actor: Actor) -> list[TwinView]:
    """Return what an officer reads of other requests like this one."""
    return [
        TwinView(
            reference=twin.case.reference,
            url=url_for("desk_case.show", reference=twin.case.reference),
            state=wording.state(twin.case),
            why=_why(twin),
        )
        for twin in queries.of(case, actor)
    ]


def lines(case_id: int) -> list[Line]:
    """Return which requests were found not to be the same as a case, for its history."""
    rows = queries.dismissals(case_id)
    names = staff.names_of_staff(row.found_by for row, _reference in rows)
    sentence = _("Not the same wish as %(number)s")
    return [
        Line(
            at=row.found_at,
            action=Markup.escape(sentence) % {"number": LTR.format(reference)},
            who=names.get(row.found_by, ""),
        )
        for row, reference in rows
    ]


def _why(twin: Twin) -> str:
    if twin.likeness is None:
        return _("The same person asked for the same service.")
    same = i18n.listed(str(SAME[kind]) for kind in twin.likeness.same)
    if not twin.likeness.differs:
        return _("Perhaps the same person: %(same)s.", same=same)
    differs = i18n.listed(str(DIFFERS[kind]) for kind in twin.likeness.differs)
    return _("Perhaps the same person: %(same)s; but %(differs)s.", same=same, differs=differs)
