"""The one place that asks what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return this moment, aware, in UTC."""
    return datetime.now(UTC)


def today(zone: str) -> date:
    """Return the calendar day that it is now in an IANA zone."""
    return now().astimezone(ZoneInfo(zone)).date()


def local(moment: datetime, zone: str) -> datetime:
    """Return the same moment on the wall clock of an IANA zone."""
    return moment.astimezone(ZoneInfo(zone))
