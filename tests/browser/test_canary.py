"""The whole job is done with marked people: no file of the service but their mail holds them."""

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser import people
from tests.browser.reader import Reader
from tests.browser.test_journey import Journey, walk
from tests.demo.test_canary import traces
from tests.live import LiveServer

pytestmark = pytest.mark.grid
ADDRESS = "zumurruda.qandil@example.org"
MARKED = replace(
    people.MOTHER,
    first_ar="زمرّدة",
    father_ar="بهلول",
    family_ar="القنديلية",
    mother_ar="شهرزادة",
    first_latin="ZUMURRUDA",
    family_latin="ALQANDILIYYA",
    names_ru=("Зумурруда", "Бахлюль", "Аль-Кандилийя"),
    national_number="09753186420",
)
CHILD = replace(people.CHILD, first_ar="مرجانة", family_ar="القنديلية", first_latin="MURJANATU")


def marked() -> list[str]:
    """Return what was typed about them, and what programs make of it."""
    typed = [
        ADDRESS,
        *(MARKED.first_ar, MARKED.father_ar, MARKED.family_ar, MARKED.mother_ar),
        *(MARKED.first_latin, MARKED.family_latin, *MARKED.names_ru, MARKED.national_number),
        *(CHILD.first_ar, CHILD.first_latin),
    ]
    return [*typed, *(quote(one) for one in typed), *(one.casefold() for one in typed)]


def stumble(live_server: LiveServer) -> None:
    """Ask for what is not there and is not allowed, with marked words in all places."""
    word = quote(MARKED.first_latin)
    for path in (f"/en/{word}", f"/en/desk/find?q={word}", f"/en/follow/{word}?name={word}"):
        for body in (None, f"q={word}&email={quote(ADDRESS)}".encode()):
            asked = urllib.request.Request(f"{live_server.url}{path}", data=body)
            try:
                urllib.request.urlopen(asked, timeout=20).close()
            except urllib.error.HTTPError as refused:
                refused.close()


@pytest.mark.proves("S41", "S45")
def test_the_whole_job_leaves_no_trace_of_its_people(
    new_reader: Callable[..., Reader], live_server: LiveServer, tmp_path: Path
) -> None:
    journey = Journey(
        new_reader=new_reader, language="ar", width="desk", script=True, officer_login="rana"
    )
    journey.address, journey.mother, journey.child = ADDRESS, MARKED, CHILD

    walk(journey)
    stumble(live_server)
    time.sleep(2)  # for what the processes write behind

    names = {path.name for path in live_server.instance.rglob("*") if path.is_file()}
    assert {"jaliya.sqlite3", "jaliya.sqlite3-wal"} <= names
    assert any(name.endswith(".log") for name in names)
    assert live_server.messages(ADDRESS), "the people were there"
    assert traces(live_server.instance, marked()) == []
    (tmp_path / "planted.log").write_text(f'{{"who": "{MARKED.first_latin}"}}', "utf-8")
    assert traces(tmp_path, marked())
