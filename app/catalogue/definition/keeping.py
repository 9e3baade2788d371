"""Reading and writing what a service file says of keeping requests after their end."""

from app.catalogue.definition.outcomes import Keeping, Outcome, Span
from app.catalogue.definition.reader import Reader

MOST_MONTHS = 1200
MOST_DAYS = 36_500


def read(reader: Reader) -> Keeping:
    """Read what a service file says; each part of it may be absent."""
    months = _by_outcome(reader, "retention_outcomes", MOST_MONTHS)
    days = _by_outcome(reader, "retention_outcome_days", MOST_DAYS)
    least = reader.optional_integer("retention_least_months", least=1, most=MOST_MONTHS)
    return Keeping(
        always=_always(reader),
        outcomes=tuple(
            (one, Span(months=months.get(one, 0), days=days.get(one, 0)))
            for one in Outcome
            if one in months or one in days
        ),
        least_months=least or 0,
    )


def _always(reader: Reader) -> Span | None:
    months = reader.optional_integer("retention_months", least=1, most=MOST_MONTHS)
    days = reader.optional_integer("retention_days", least=1, most=MOST_DAYS)
    return Span(months=months or 0, days=days or 0) if months or days else None


def _by_outcome(reader: Reader, key: str, most: int) -> dict[Outcome, int]:
    if reader.lacks(key):
        return {}
    inner = reader.inner(reader.take(key), key)
    found = {
        one: inner.integer(one.value, least=1, most=most)
        for one in Outcome
        if not inner.lacks(one.value)
    }
    inner.finish()
    return found


def dump(keeping: Keeping) -> dict[str, object]:
    """Return the keys of a service file, None for what is not said."""
    always = keeping.always or Span()
    return {
        "retention_months": always.months or None,
        "retention_days": always.days or None,
        "retention_outcomes": _given({one: span.months for one, span in keeping.outcomes}),
        "retention_outcome_days": _given({one: span.days for one, span in keeping.outcomes}),
        "retention_least_months": keeping.least_months or None,
    }


def _given(numbers: dict[Outcome, int]) -> dict[str, int] | None:
    return {one.value: number for one, number in numbers.items() if number} or None
