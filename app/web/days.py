"""Days as an address names them."""

from datetime import date

YEARS = range(1900, 2200)
"""Outside these nobody means a day, and a day more or a change of zone may not exist."""


def read(text: str) -> date | None:
    """Return the day that a text names as YYYY-MM-DD; None where it names none that is meant."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
