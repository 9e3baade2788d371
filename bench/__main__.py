"""`make bench`: measures what the benches compare, prints tables, keeps the figures on request."""

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from flask import Flask

from app.core import clock
from bench import forms, report
from bench.booking import crowds, growth
from bench.messages import post
from bench.place import app_in
from bench.queue import sizes as queue
from bench.rounds import Comparison, Figures, measure

Bench = Callable[[Flask], AbstractContextManager[list[Comparison]]]

BENCHES: dict[str, Bench] = {"forms": forms.prepared}
ALONE: dict[str, Callable[[], None]] = {
    "booking": crowds.measure_all,
    "growth": growth.measure_all,
    "messages": post.measure_all,
    "queue": queue.measure_all,
}
"""Benches that fill databases of their own and print tables of their own; run when named."""
ROUNDS = 40


def main(arguments: Sequence[str]) -> None:
    """Run the benches that are named, all when none is."""
    chosen = _parsed(arguments)
    results = {}
    for name in chosen.names or BENCHES:
        if name in ALONE:
            ALONE[name]()
            continue
        results[name] = _run(BENCHES[name], rounds=chosen.rounds)
        sys.stdout.write(f"\n{name}, {chosen.rounds} rounds\n{report.table(results[name])}\n")
    if chosen.keep:
        path = report.write(results, at=clock.now(), rounds=chosen.rounds)
        sys.stdout.write(f"\nkept in {path}\n")


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    named = f"of {', '.join(BENCHES)}, all by default, and {', '.join(ALONE)}"
    parser.add_argument("names", nargs="*", help=named)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--keep", action="store_true", help="write the figures to bench/results")
    chosen = parser.parse_args(arguments)
    if strangers := set(chosen.names) - BENCHES.keys() - ALONE.keys():
        parser.error(f"no such bench: {', '.join(sorted(strangers))}")
    return chosen


def _run(bench: Bench, *, rounds: int) -> list[Figures]:
    with (
        tempfile.TemporaryDirectory(prefix="jaliya-bench-") as folder,
        app_in(Path(folder)) as app,
        bench(app) as comparisons,
    ):
        return measure(comparisons, rounds=rounds)


if __name__ == "__main__":
    main(sys.argv[1:])
