"""The page of texts and fees as inputs, so that two who change it at once can be merged."""

from app.catalogue.drafting import texts
from app.catalogue.drafting.inputs import LANGUAGES, Input, Shape
from app.catalogue.drafting.places import Draft


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
