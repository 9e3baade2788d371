"""The page of texts and fees as inputs, so that two who change it at once can be merged."""

from collections.abc import Sequence

from app.catalogue.drafting import texts
from app.catalogue.drafting.inputs import LANGUAGES, Input, Shape, Typed, day_as_stored
from app.catalogue.drafting.places import Draft
from app.core.text import UnreadableText


def inputs_of(draft: Draft) -> list[Input]:
    """Return the inputs of the page of texts and fees."""
    fees = [
        Input(f"{slot.place}.{name}", Shape.LINE)
        for slot in texts.fee_slots(draft)
        for name in ("amount", "valid_from", "valid_to", "target_days")
    ]
    words = [Input(slot.place, Shape.TEXT) for slot in texts.text_slots(draft)]
    return [*words, *fees, Input("target_days", Shape.LINE)]


def written(draft: Draft) -> dict[str, list[str]]:
    """Return what these inputs show of a draft, as the form would send it."""
    sent = {
        f"{slot.place}-{code}": [slot.values.get(code, "")]
        for slot in texts.text_slots(draft)
        for code in LANGUAGES
    }
    for slot in texts.fee_slots(draft):
        sent[f"{slot.place}.amount"] = [texts.major_units(slot.amount)]
        for name in ("valid_from", "valid_to", "target_days"):
            sent[f"{slot.place}.{name}"] = [str(getattr(slot, name))]
    return {**sent, "target_days": [str(draft["target_days"])]}


def in_one_piece(typed: Typed) -> dict[str, str]:
    """Return what was typed by the name of its input, a date of three boxes as it is stored."""
    return {name: _in_one_piece(name, said) for name, said in typed.items()}


def _in_one_piece(name: str, said: Sequence[str]) -> str:
    if not name.endswith((".valid_from", ".valid_to")):
        return next(iter(said), "")
    try:
        return day_as_stored(said)
    except UnreadableText:
        return " ".join(said)
