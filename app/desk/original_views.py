"""Originals that the post keeps for a case: what came, the receipts, and what was returned."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional

from app.cases import looking, originals
from app.cases import queries as cases
from app.cases.models import Case
from app.cases.originals import Brought, Original
from app.core.errors import Conflict, Invalid, NotFound
from app.desk import headline, queries
from app.desk.views import REVIEWERS
from app.web import idempotency, printing
from app.web.access import acting, staff
from app.web.forms import KeyedForm, only_text

PATH = "/desk/cases"
bp = Blueprint("desk_originals", __name__)

LINES = (1, 2, 3)
"""So many originals are noted at once; more go on another receipt."""


def _line(label: object) -> StringField:
    checks = [Optional(), Length(max=originals.LONGEST)]
    return StringField(label, filters=[only_text], validators=checks)


class ReceiveForm(KeyedForm):
    """What is put on the counter."""

    description_1 = _line(_l("What it is"))
    condition_1 = _line(_l("Its condition"))
    place_1 = _line(_l("Where it is kept"))
    description_2 = _line(_l("What it is"))
    condition_2 = _line(_l("Its condition"))
    place_2 = _line(_l("Where it is kept"))
    description_3 = _line(_l("What it is"))
    condition_3 = _line(_l("Its condition"))
    place_3 = _line(_l("Where it is kept"))

    def brought(self) -> list[Brought]:
        """Return what was described."""
        return [
            Brought(
                description=self[f"description_{n}"].data or "",
                condition=self[f"condition_{n}"].data or "",
                place=self[f"place_{n}"].data or "",
            )
            for n in LINES
        ]


class ReturnForm(KeyedForm):
    """What is returned, and that it was signed for."""

    chosen = SelectMultipleField(_l("What is returned"), validate_choice=False)
    signed = BooleanField(_l("The printed receipt is signed"))

    def offer(self, held: list[Original]) -> None:
        """Let those be chosen that are still here."""
        self.chosen.choices = [SelectChoice(one.uid, one.description or "") for one in held]


@bp.get("/<reference>/originals")
@staff(*REVIEWERS)
def show(reference: str) -> ResponseReturnValue:
    """Show what the post keeps for a case and what it has returned."""
    case = looking.opened(reference, acting())
    return _page(case, ReceiveForm(formdata=None), ReturnForm(formdata=None))


@bp.post("/<reference>/originals")
@staff(*REVIEWERS)
def receive(reference: str) -> ResponseReturnValue:
    """Note what came, and lead to the receipt."""
    case, form = cases.get_case(reference, acting()), ReceiveForm()
    if form.validate_on_submit():
        key = form.idempotency_key()
        try:
            return redirect(idempotency.once(key, lambda: _receive(reference, form)))
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
    return _page(case, form, ReturnForm(formdata=None)), 422


def _receive(reference: str, form: ReceiveForm) -> str:
    originals.receive(reference, form.brought(), actor=acting(), key=form.idempotency_key())
    flash(_("Noted. Print the receipt, sign it and give it to the citizen."), "success")
    return url_for(".show", reference=reference)


@bp.post("/<reference>/originals/return")
@staff(*REVIEWERS)
def give_back(reference: str) -> ResponseReturnValue:
    """Note what was returned."""
    case, form = cases.get_case(reference, acting()), ReturnForm()
    form.offer(_held(case))
    if form.validate_on_submit():
        key = form.idempotency_key()
        try:
            return redirect(idempotency.once(key, lambda: _give_back(reference, form)))
        except Invalid as refusal:
            form[refusal.field].errors = [refusal.sentence()]
        except Conflict as refusal:
            form.form_errors.append(refusal.sentence())
    return _page(case, ReceiveForm(formdata=None), form), 422


def _give_back(reference: str, form: ReturnForm) -> str:
    originals.give_back(
        reference,
        form.chosen.data or (),
        is_signed=form.signed.data,
        actor=acting(),
        key=form.idempotency_key(),
    )
    flash(_("The return is noted."), "success")
    return url_for(".show", reference=reference)


@bp.get("/<reference>/originals/return")
@staff(*REVIEWERS)
def come_back(reference: str) -> ResponseReturnValue:
    """Lead to the list whoever opens the address of the form by Back."""
    return redirect(url_for(".show", reference=reference))


@bp.get("/<reference>/originals/receipt")
@staff(*REVIEWERS)
def receipt(reference: str) -> ResponseReturnValue:
    """Show a receipt to print: of what came, of what was returned, or of what is to be signed."""
    case = looking.opened(reference, acting())
    sheet = request.args.get("sheet", "")[:32]
    rows = originals.list_on(case.id, sheet) if sheet else _held(case)
    if not rows:
        raise NotFound()
    is_return = not sheet or rows[0].return_sheet == sheet
    return printing.sheet(
        "desk/original_receipt.html",
        lambda: {
            "case": case,
            "head": headline.of(case),
            "rows": rows,
            "sheet": sheet or originals.next_return_sheet(case),
            "is_return": is_return,
        },
        language=case.language,
        back=url_for(".show", reference=reference),
    )


def _held(case: Case) -> list[Original]:
    return [one for one in originals.list_of(case.id) if one.returned_at is None]


def _page(case: Case, form: ReceiveForm, back: ReturnForm) -> str:
    rows = originals.list_of(case.id)
    held = [one for one in rows if one.returned_at is None]
    back.offer(held)
    return render_template(
        "desk/originals.html",
        case=case,
        head=headline.of(case),
        held=held,
        returned=[one for one in rows if one.returned_at is not None],
        sheets=list(dict.fromkeys(one.sheet for one in rows)),
        names=queries.names_of_staff(
            one for row in rows for one in (row.received_by, row.returned_by)
        ),
        form=form,
        back=back,
        lines=[
            [form[f"{name}_{n}"] for name in ("description", "condition", "place")] for n in LINES
        ],
    )
