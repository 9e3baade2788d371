"""Reads dates as people write them: three boxes, ISO, with dots, or a year alone."""

import re
from datetime import date, timedelta

from app.catalogue.answers.entries import Entry, ErrorCode, Refused
from app.catalogue.definition.elements import Field
from app.core import months
from app.core import text as texts

EARLIEST_YEAR = 1850
LATEST_YEAR = 2150

_ISO = re.compile(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})")
_LOCAL = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})")
_NAMED = re.compile(r"([0-9]{1,2})[-/. ]+([^0-9]+?)[-/. ]+([0-9]{4})")
_LONGEST = 40
_YEAR = re.compile(r"[0-9]{4}")
_PART = re.compile(r"[0-9]{1,4}")


def read_date(entry: Entry) -> str | None:
    """Return the day as 2026-01-31, None when nothing was typed."""
    parts = _parts(entry)
    if parts is None:
        return None
    if not all(parts):
        raise Refused(ErrorCode.DATE_INCOMPLETE)
    return _day(*parts, entry=entry).isoformat()


def read_year_or_date(entry: Entry) -> str | None:
    """Return a year or a day; many papers know the year of birth alone."""
    parts = _parts(entry)
    if parts is None:
        return None
    day, month, year = parts
    if not year or bool(day) != bool(month):
        raise Refused(ErrorCode.DATE_OR_YEAR)
    if day:
        return _day(day, month, year, entry=entry).isoformat()
    return _year(year, entry=entry)


def _parts(entry: Entry) -> tuple[str, str, str] | None:
    """Return day, month and year as typed, the missing ones empty."""
    whole = texts.fold_digits(entry.line())
    if whole:
        return _split(whole)
    day, month, year = (texts.fold_digits(entry.line(part)) for part in ("day", "month", "year"))
    filled = [box for box in (day, month, year) if box]
    if not filled:
        return None
    # A whole date, or a year, says what it is in whichever of the boxes it stands.
    if len(filled) == 1 and len(filled[0]) >= len("1998"):
        return _split(filled[0])
    month = _in_digits(month)
    if any(box and not _PART.fullmatch(box) for box in (day, month, year)):
        raise Refused(ErrorCode.NOT_A_DATE)
    return day, month, year


def _in_digits(month: str) -> str:
    return str(months.number_of(month) or month)


def _split(whole: str) -> tuple[str, str, str]:
    if len(whole) > _LONGEST:
        raise Refused(ErrorCode.NOT_A_DATE)
    if iso := _ISO.fullmatch(whole):
        return iso[3], iso[2], iso[1]
    if local := _LOCAL.fullmatch(whole):
        return local[1], local[2], local[3]
    if (named := _NAMED.fullmatch(whole)) and months.number_of(named[2]):
        return named[1], _in_digits(named[2]), named[3]
    if _YEAR.fullmatch(whole):
        return "", "", whole
    raise Refused(ErrorCode.NOT_A_DATE)


def _day(day: str, month: str, year: str, *, entry: Entry) -> date:
    _check_year(year)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        raise Refused(ErrorCode.NOT_A_DATE) from None
    earliest, latest = _bounds(entry.field, entry.today)
    if found < earliest:
        raise Refused(ErrorCode.DATE_TOO_EARLY, earliest=earliest.isoformat())
    if found > latest:
        raise Refused(ErrorCode.DATE_TOO_LATE, latest=latest.isoformat())
    return found


def _year(year: str, *, entry: Entry) -> str:
    _check_year(year)
    earliest, latest = _bounds(entry.field, entry.today)
    if int(year) < earliest.year:
        raise Refused(ErrorCode.DATE_TOO_EARLY, earliest=earliest.isoformat())
    if int(year) > latest.year:
        raise Refused(ErrorCode.DATE_TOO_LATE, latest=latest.isoformat())
    return year


def _check_year(year: str) -> None:
    # This also tells a Hijri year such as 1447 from a Gregorian one.
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        raise Refused(ErrorCode.YEAR_OUT_OF_RANGE, earliest=EARLIEST_YEAR, latest=LATEST_YEAR)


def _bounds(field: Field, today: date) -> tuple[date, date]:
    earliest = date.min if field.least is None else today + timedelta(days=field.least)
    latest = date.max if field.most is None else today + timedelta(days=field.most)
    return earliest, latest
