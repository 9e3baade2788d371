"""Figures as a table to read and as a file to keep."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from bench.rounds import Figures

RESULTS = Path(__file__).parent / "results"
HEAD = ("", "base", "ms", "other", "ms", "median", "worst")


def table(figures: Sequence[Figures]) -> str:
    """Return the figures, a line each: the median time of both ways, the ratios of the rounds."""
    rows = [HEAD, *map(_row, figures)]
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    return "\n".join(_line(row, widths) for row in rows)


def _row(one: Figures) -> tuple[str, ...]:
    return (
        one.what,
        one.base_name,
        f"{statistics.median(one.base_ms):.2f}",
        one.other_name,
        f"{statistics.median(one.other_ms):.2f}",
        f"{one.median_ratio:.2f} ×",
        f"{one.worst_ratio:.2f} ×",
    )


def _line(row: Sequence[str], widths: Iterable[int]) -> str:
    words = {0, 1, 3}
    cells = [
        cell.ljust(width) if n in words else cell.rjust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return "  ".join(cells).rstrip()


def write(results: Mapping[str, Sequence[Figures]], *, at: datetime, rounds: int) -> Path:
    """Write all figures of a run with the machine that made them; return the file."""
    RESULTS.mkdir(exist_ok=True)
    document = {
        "at": at.isoformat(timespec="seconds"),
        "rounds": rounds,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "benches": {name: [_entry(one) for one in many] for name, many in results.items()},
    }
    path = RESULTS / f"{at:%Y%m%d-%H%M%S}.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def _entry(one: Figures) -> dict[str, object]:
    return {
        "what": one.what,
        "base": {"name": one.base_name, "ms": [round(ms, 3) for ms in one.base_ms]},
        "other": {"name": one.other_name, "ms": [round(ms, 3) for ms in one.other_ms]},
        "median_ratio": round(one.median_ratio, 3),
        "worst_ratio": round(one.worst_ratio, 3),
    }
