"""What officers send: a version that they saw, and what they decide."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from app.accounts.forms import PersonForm
from app.accounts.rules import Details
from app.cases.models import CaseItem
from app.cases.rules import ItemState
from app.cases.services import LONGEST_NOTE, ItemDecision, Verdict
from app.core.errors import Invalid
from app.core.text import UnreadableText, clean_text
from app.web.forms import KeyedForm, only_text

LONGEST_SEARCH = 200


class ActForm(KeyedForm):
    """One action on a case, as its sender saw it."""

    seen = HiddenField()

    def seen_version(self) -> int:
        """Return the version that the sender looked at; 0, which is never right, for nonsense."""
        text = str(self.seen.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


class ReviewForm(ActForm):
    """Verdicts on items, and the day until which the citizen may mend them."""

    until_on = DateField(_l("The citizen has time until"), validators=[Optional()])
    ask_anyway = BooleanField(_l("Ask all the same"))


class CorrectionForm(ActForm, PersonForm):
    """The details of a person, corrected by staff; who they are to the citizen is not asked."""

    kind = next = None

    def corrected(self, stands: Details) -> Details:
        """Return what was entered; a number that was left empty stays as it stands."""
        given = self.details()
        return replace(
            given,
            national_number=given.national_number or stands.national_number,
            passport_number=given.passport_number or stands.passport_number,
        )


class RefuseForm(ActForm):
    """The end of a request that cannot be granted."""

    reason = SelectField(
        _l("Reason, as the citizen reads it"),
        validators=[DataRequired(_l("Choose a reason for refusing the request."))],
        validate_choice=True,
    )
    note = TextAreaField(
        _l("Note to the citizen"),
        filters=[only_text],
        validators=[Optional(), Length(max=LONGEST_NOTE)],
    )

    def offer(self, reasons: Iterable[tuple[str, str]]) -> None:
        """Let one of these reasons, (code, sentence), be chosen; none is at first."""
        self.reason.choices = [("", _l("Choose a reason")), *reasons]


class GroundForm(ActForm):
    """Why something out of the usual is done."""

    ground = TextAreaField(
        _l("Reason, read by staff only"),
        filters=[only_text],
        validators=[
            DataRequired(_l("Say why, in a sentence that a colleague understands.")),
            Length(max=LONGEST_NOTE),
        ],
    )


class LookForm(KeyedForm):
    """A form of a list, whose look at the queue comes along (queue_filters.sent_look).

    The state is a field here: named as a column, it was logged as an attempt (web.unasked).
    """

    state = HiddenField()


class SearchForm(KeyedForm):
    """A reference or words of a name; sent by POST, because names do not belong in addresses."""

    q = StringField(_l("Request number, name, phone or number of a paper"))


def decisions(sent: Mapping[str, str], uids: Iterable[str]) -> dict[str, ItemDecision]:
    """Return what was decided on each item that has a verdict, by uid; Invalid for no text."""
    return {uid: _decision(sent, uid) for uid in uids if sent.get(f"verdict-{uid}") in VERDICTS}


VERDICTS = frozenset(verdict.value for verdict in Verdict)


def _decision(sent: Mapping[str, str], uid: str) -> ItemDecision:
    verdict = Verdict(sent[f"verdict-{uid}"])
    if verdict is not Verdict.REJECTED:
        return ItemDecision(verdict=verdict)
    return ItemDecision(
        verdict=verdict,
        reason_code=sent.get(f"reason-{uid}", "")[:32] or None,
        note=_note(sent, f"note-{uid}"),
    )


def _note(sent: Mapping[str, str], field: str) -> str:
    try:
        return clean_text(sent.get(field, ""))
    except UnreadableText:
        raise Invalid(_l("This text holds signs that cannot be read."), field=field) from None


def count_unchecked(items: Iterable[CaseItem], decided: Collection[str]) -> int:
    """Return on how many items nothing was decided, neither before nor now."""
    return sum(item.state in OPEN and item.uid not in decided for item in items)


OPEN = frozenset({ItemState.MISSING, ItemState.RECEIVED, ItemState.REPLACED})
