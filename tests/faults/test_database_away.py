"""The database is away, or has no connection left: pages say so in words, and all is well after."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from app.core import schema
from app.core.db import db
from config import Settings
from tests import servers, storm
from tests.asking import Answer, Asker
from tests.faults.sizes import size
from tests.servers import wait_until

pytestmark = [pytest.mark.race, pytest.mark.faults]

PAGES = {"/ar/": "ar", "/en/account/sign-in": "en", "/ru/verify": "ru"}
AWAY_S = size(3, 60, name="FAULTS_AWAY_S")
MANY = 48
"""More than two processes have threads."""


def is_unavailable(answer: Answer, language: str) -> bool:
    """Return whether an answer says in the reader's language that the service is not available."""
    page = answer.body.decode()
    assert "Traceback" not in page and "psycopg" not in page
    return answer.status == 503 and f'lang="{language}"' in page


@pytest.mark.grid
def test_a_database_that_is_gone_for_a_while_leaves_pages_and_no_trace(
    make_settings: Callable[[str], Settings], tmp_path: Path
) -> None:
    """F06; a whole minute at its figure."""
    log = tmp_path / "web.log"
    with servers.mortal_postgresql() as server:
        url = servers.create_database(server.url, "away")
        schema.upgrade(url)
        with storm.web(make_settings(url), log=log) as web:
            ask = Asker(web.port, "nobody").get
            assert {ask(page).status for page in PAGES} == {200}

            server.stop()
            asked = answers_for(AWAY_S, ask, probe=Asker(web.port, "").get)
            server.start()
            began = time.monotonic()
            wait_until(lambda: ask("/ru/").status == 200, what="a page", seconds=60)
            back_s = time.monotonic() - began
            after = Counter(one.status for one in storm.rush([partial(ask, "/ar/")] * MANY))

    print(
        f"\nF06 PostgreSQL: seed none, N {asked.total()}, away {AWAY_S} s, answers"
        f" {dict(asked)}, back after {back_s:.1f} s (5), then {dict(after)}"
    )
    assert set(asked) == {"said"}
    assert after == {200: MANY}
    assert "unexpected error" not in log.read_text()


def answers_for(
    seconds: float, ask: Callable[[str], Answer], *, probe: Callable[[str], Answer]
) -> Counter[str]:
    """Ask for pages for so long, as a reader and as a balancer; return what readers were told."""
    counts: Counter[str] = Counter()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for page, language in PAGES.items():
            answer = ask(page)
            counts["said" if is_unavailable(answer, language) else str(answer.status)] += 1
        assert probe("/healthz").status == 200
        assert probe("/readyz").status == 503
        time.sleep(0.1)
    return counts


def held(app: Flask, ended: threading.Event) -> list[threading.Thread]:
    """Hold every connection that the pool has until the event, each in a thread of its own."""
    with app.app_context():
        engine = db.engine
    pool = engine.pool
    count = pool.size() + pool._max_overflow  # type: ignore[attr-defined]
    ready = threading.Barrier(count + 1)

    def hold() -> None:
        with engine.connect():
            ready.wait()
            ended.wait()

    threads = [threading.Thread(target=hold) for _one in range(count)]
    for thread in threads:
        thread.start()
    ready.wait()
    return threads


@pytest.mark.parametrize("page", ["/ru/", "/ar/account/sign-in"])
def test_without_a_free_connection_a_page_says_so_soon(racing_app: Flask, page: str) -> None:
    """F34: 503 within two seconds and a half, in the reader's language; all is well after."""
    client, ended = racing_app.test_client(), threading.Event()
    threads = held(racing_app, ended)
    began = time.monotonic()

    answer = client.get(page)

    waited = time.monotonic() - began
    ended.set()
    for thread in threads:
        thread.join()
    print(
        f"\nF34 {racing_app.config['SETTINGS'].database_url[:6]}: seed none, N 1, held"
        f" {len(threads)}, answer {answer.status_code} after {waited:.2f} s (2.50)"
    )
    assert answer.status_code == 503
    assert f'lang="{page[1:3]}"' in answer.text and "QueuePool" not in answer.text
    assert client.get(page).status_code == 200
