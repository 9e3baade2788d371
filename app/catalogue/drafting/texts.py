"""What an admin may change in the draft of a service, as plain values by place."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core.text import clean_text, fold_digits

# Any throughout: a draft is a JSON document (catalogue.definition says what is in it).
Draft = dict[str, Any]

_STEP = re.compile(r"\[(\d+)\]")
_OPTIONAL = frozenset({"help", "bring", "valid_to", "target_days"})
MOST_MINOR_UNITS = 100_000_000


class NotAnAmount(ValueError):
    """What was typed is no amount of money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSlot:
    """A text in several languages and where in the draft it stands."""

    place: str
    values: Mapping[str, str]
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeSlot:
    """The figures of a fee line and where they stand."""

    place: str
    label: Mapping[str, str]
    amount: int
    currency: str
    valid_from: str
    valid_to: str
    target_days: int | str
    """Working days of its variant, empty for those of the service."""
    has_variant: bool


def text_slots(draft: Draft) -> Iterator[TextSlot]:
    """Yield the texts of a draft in the order of the service's page."""
    yield TextSlot(place="title", values=draft["title"])
    yield TextSlot(place="summary", values=draft["summary"], rows=2)
    yield TextSlot(place="guidance", values=draft.get("guidance") or {}, rows=6)
    for n, paper in enumerate(draft.get("papers", [])):
        yield TextSlot(place=f"papers.{n}.title", values=paper["title"])
        yield TextSlot(place=f"papers.{n}.help", values=paper.get("help") or {}, rows=2)
        if paper.get("bring"):
            yield TextSlot(place=f"papers.{n}.bring", values=paper["bring"])
    for n, fee in enumerate(draft.get("fees", [])):
        yield TextSlot(place=f"fees.{n}.label", values=fee["label"])
        yield TextSlot(place=f"fees.{n}.legal_basis", values=fee["legal_basis"])


def fee_slots(draft: Draft) -> Iterator[FeeSlot]:
    """Yield the fee lines of a draft; amounts in minor units."""
    for n, fee in enumerate(draft.get("fees", [])):
        yield FeeSlot(
            place=f"fees.{n}",
            label=fee["label"],
            amount=fee["amount"],
            currency=fee["currency"],
            valid_from=fee["valid_from"],
            valid_to=fee.get("valid_to") or "",
            target_days=fee.get("target_days", ""),
            has_variant="variant" in fee,
        )


def with_texts(draft: Draft, typed: Mapping[str, str], languages: Mapping[str, str]) -> Draft:
    """Return a copy of the draft with the texts that came as "<place>-<language>"."""
    changed = copy.deepcopy(draft)
    for slot in list(text_slots(draft)):
        texts = dict(slot.values)
        for language in languages:
            name = f"{slot.place}-{language}"
            if name in typed:
                texts[language] = clean_text(typed[name])
        kept = {language: text for language, text in texts.items() if text}
        _set(changed, slot.place, kept or None)
    return changed


def with_figures(draft: Draft, typed: Mapping[str, str]) -> Draft:
    """Return a copy with target days, amounts and periods; raises NotAnAmount with its place."""
    changed = copy.deepcopy(draft)
    if "target_days" in typed:
        changed["target_days"] = _whole(typed["target_days"])
    for slot in list(fee_slots(draft)):
        amount = typed.get(f"{slot.place}.amount")
        if amount is not None:
            try:
                _set(changed, f"{slot.place}.amount", minor_units(amount))
            except NotAnAmount:
                raise NotAnAmount(f"{slot.place}.amount") from None
        for name in ("valid_from", "valid_to"):
            value = typed.get(f"{slot.place}.{name}")
            if value is not None:
                _set(changed, f"{slot.place}.{name}", fold_digits(value.strip()) or None)
        days = typed.get(f"{slot.place}.target_days")
        if days is not None:
            _set(changed, f"{slot.place}.target_days", _whole(days) if days.strip() else None)
    return changed


def shape(draft: Draft) -> str:
    """Return which papers and fees a draft has, in order: what the places of its texts mean."""
    lists = (draft.get(name, []) for name in ("papers", "fees"))
    return "/".join(" ".join(one["key"] for one in things) for things in lists)


def texts_that_differ(typed: Draft, draft: Draft) -> Iterator[TextSlot]:
    """Yield the texts of one draft that stand in no place of another one."""
    known = [dict(slot.values) for slot in text_slots(draft)]
    return (slot for slot in text_slots(typed) if slot.values and dict(slot.values) not in known)


def minor_units(text: str) -> int:
    """Return an amount such as "200" or "12.50" in minor units; raises NotAnAmount."""
    plain = fold_digits(text).strip().replace(" ", "").replace("٫", ".").replace(",", ".")
    if not re.fullmatch(r"\d{1,9}(\.\d{1,2})?", plain):
        raise NotAnAmount(text)
    try:
        amount = int(Decimal(plain) * 100)
    except InvalidOperation:
        raise NotAnAmount(text) from None
    if amount > MOST_MINOR_UNITS:
        raise NotAnAmount(text)
    return amount


def major_units(amount: int) -> str:
    """Return minor units as an admin types them: 20000 is "200", 1250 is "12.50"."""
    whole, cents = divmod(amount, 100)
    return f"{whole}.{cents:02d}" if cents else str(whole)


def dotted(place: str) -> str:
    """Return a problem's place with its positions as the ids of inputs have them: fees.0.label."""
    return _STEP.sub(r".\1", place)


def name_of(place: str, main_language: str) -> str:
    """Return the id of the input to which a problem's place leads, such as "fees.0.amount"."""
    address = dotted(place)
    parts = address.split(".")
    if parts[-1] in ("ar", "ru", "en"):
        return ".".join(parts[:-1]) + "-" + parts[-1]
    if parts[-1] in ("title", "summary", "guidance", "help", "bring", "label", "legal_basis"):
        return f"{address}-{main_language}"
    return address


def _whole(text: str) -> Any:
    plain = fold_digits(text).strip()
    return int(plain) if plain.isascii() and plain.isdigit() and len(plain) < 6 else text


def _set(document: Draft, place: str, value: object) -> None:
    *way, last = place.split(".")
    node: Any = document
    for step in way:
        node = node[int(step)] if isinstance(node, list) else node[step]
    if value is None and last in _OPTIONAL:
        node.pop(last, None)
    else:
        node[last] = {} if value is None else value
