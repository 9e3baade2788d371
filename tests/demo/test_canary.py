"""What people entrust is found in no file of a running service but their own mail."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.story import cast
from tests.live import LiveServer

MAILBOX = "mail"
"""The local mail server: what was sent to a person stands there, as on any mail server."""


def marked() -> Iterator[str]:
    """Yield what is personal about the citizens of the demonstration."""
    for character in cast.list_characters().values():
        if character.address:
            yield character.address
        for person in character.people:
            yield person.national_number
            yield f"{person.first_ar} {person.family_ar}"
            yield f'"{person.family_ar}"'
            yield f'"{person.family_latin}"'
            if person.passport_number:
                yield person.passport_number


def traces(folder: Path, values: list[str]) -> list[str]:
    """Return the files below a folder that hold a value as text, in UTF-8 or JSON escapes."""
    needles = {value.encode() for value in values}
    needles |= {json.dumps(value).strip('"').encode() for value in values}
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.relative_to(folder).parts[0] != MAILBOX:
            body = path.read_bytes()
            found += [f"{path.name}: {needle!r}" for needle in needles if needle in body]
    return found


@pytest.mark.proves("S45")
@pytest.mark.security
def test_nothing_personal_lies_in_plain_text(live_server: LiveServer) -> None:
    assert traces(live_server.instance, list(marked())) == []


def test_the_search_for_traces_would_find_them(live_server: LiveServer, tmp_path: Path) -> None:
    (tmp_path / "dump.sql").write_text(next(marked()), encoding="utf-8")

    assert traces(tmp_path, list(marked()))
    # Staff are named on pages in plain words, so their login is in the database.
    assert traces(live_server.instance, ["rana"])
