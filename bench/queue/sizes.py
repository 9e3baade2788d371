"""What a page of the queue costs at 1,000, 100,000 and a million cases, on PostgreSQL.

Starts the server of the tests, fills a database for each size by INSERT ... SELECT, and prints
what every statement of a page costs, as EXPLAIN (ANALYZE, BUFFERS) and the kernel count it, how
that grows from the first and second size to the last, and how whole pages compare with a view
that asks the database for the number 1.
"""

import logging
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from flask import Flask

from app.core import schema
from app.core.db import db
from app.factory import create_app
from bench.place import settings
from bench.queue import costs, filling, pages
from bench.queue.costs import Cost
from bench.rounds import Figures
from tests import servers
from tests.asking import HOST

SIZES = (1_000, 100_000, 1_000_000)


def measure_all(sizes: Sequence[int] = SIZES) -> None:
    """Measure every size and print how the costs grow."""
    with (
        servers.postgresql() as server,
        tempfile.TemporaryDirectory() as folder,
        servers.broker(Path(folder) / "broker") as broker,
    ):
        apps = [_filled(server, broker, Path(folder), size) for size in sizes]
        found, compared = costs.measure(apps), [pages.compare(app) for app in apps]
        for app in apps:
            with app.app_context():
                db.engine.dispose()
        servers.drop_databases(server)
    sys.stdout.write(_growth(sizes, found) + "\n\n" + _ratios(sizes, compared) + "\n")


def _filled(server: str, broker: str, folder: Path, size: int) -> Flask:
    """Return the app on a database that has so many cases."""
    url = servers.create_database(server, f"bench_{size}")
    schema.upgrade(url)
    app = _app(url, broker, folder)
    with app.app_context():
        filling.seed(size)
    return app


def _app(url: str, broker: str, folder: Path) -> Flask:
    # Filling a million rows takes longer than a page ever may.
    slow = f"{url}{'&' if '?' in url else '?'}options=-c%20statement_timeout=0"
    made = settings(folder, slow, broker)
    app = create_app(replace(made, trusted_hosts=("localhost", HOST)))
    logging.getLogger().setLevel(logging.ERROR)
    pages.add_one(app)
    return app


def _growth(sizes: Sequence[int], found: Sequence[dict[str, Cost]]) -> str:
    """Return a line for each look: blocks, processor and time at each size, and how they grow."""
    heads = "".join(f"{size:>30,}" for size in sizes)
    lines = [f"{'blocks, CPU ms, ms':<26}{heads}{'blocks, CPU x from 1st':>24}{'from 2nd':>16}"]
    for name in found[0]:
        all_sizes = [one[name] for one in found]
        cells = "".join(
            f"{one.blocks:>12,}{one.processor:>9.2f}{one.milliseconds:>9.2f}" for one in all_sizes
        )
        growth = "".join(f"{_times(one, all_sizes[-1]):>20}" for one in all_sizes[:2])
        lines.append(f"{name:<26}{cells}{growth}")
    return "\n".join(lines)


def _times(first: Cost, last: Cost) -> str:
    processor = last.processor / first.processor if first.processor else float("nan")
    return f"{last.blocks / max(first.blocks, 1):.2f} {processor:.2f}"


def _ratios(sizes: Sequence[int], compared: Sequence[list[Figures]]) -> str:
    """Return a line for each page: its p90, that of SELECT 1, and what the one is of the other."""
    lines = [f"{'p90 in ms, page / SELECT 1':<28}" + "".join(f"{size:>28,}" for size in sizes)]
    for place, figures in enumerate(compared[0]):
        pairs = [(_p90(one[place].other_ms), _p90(one[place].base_ms)) for one in compared]
        cells = "".join(f"{page:>12.1f} /{one:>6.1f} ={page / one:>5.1f}" for page, one in pairs)
        lines.append(f"{figures.what:<28}{cells}")
    return "\n".join(lines)


def _p90(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=10)[-1]
