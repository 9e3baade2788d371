"""Run a published draw again: python3 verify_draw.py draw.json (a file or an address).

Needs Python only, and shares no code with the software that held the draw.
"""

import hashlib
import hmac
import json
import sys
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any


def read(source: str) -> Any:
    """Return the JSON of a file or an address (Any: JSON)."""
    if source.startswith(("https://", "http://")):
        with urllib.request.urlopen(source) as answer:  # noqa: S310
            return json.load(answer)
    return json.loads(Path(source).read_text("utf-8"))


def sha256(text: str) -> str:
    """Return the SHA-256 of a text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def rerun(draw: Any) -> tuple[list[str], dict[str, str]]:
    """Return the tickets in the order of the draw, and the time that each got (Any: JSON)."""
    lines = [line.split(" ") for line in draw["list"].splitlines()]
    visit = next(line for line in lines if line[0] == "visit")
    units, unit = int(visit[1]), timedelta(minutes=int(visit[2]))
    left = {datetime.fromisoformat(line[1]): int(line[2]) for line in lines if line[0] == "seats"}
    entries = {line[1]: line[2:] for line in lines if line[0] == "entry"}
    text = "\n".join((draw["secret"], draw["list_hash"], draw["public"]["value"]))
    key = hashlib.sha256(text.encode()).digest()

    def place(ticket: str) -> tuple[bytes, str]:
        lots = [ticket, *(f"{ticket}:{n}" for n in range(2, int(entries[ticket][1]) + 1))]
        return min(hmac.digest(key, lot.encode(), "sha256") for lot in lots), ticket

    skipped = {one["ticket"] for one in draw["results"] if one["outcome"] in ("ended", "booked")}
    order = sorted(entries, key=place)
    given: dict[str, str] = {}
    for ticket in order:
        party, days = int(entries[ticket][0]), set(entries[ticket][2].split(","))
        for start in sorted(left) if ticket not in skipped else ():
            run = [start + unit * n for n in range(units)]
            is_wished = start.date().isoformat() in days and run[-1].date() == start.date()
            if is_wished and all(left.get(one, 0) >= party for one in run):
                left.update({one: left[one] - party for one in run})
                given[ticket] = start.isoformat(timespec="minutes")
                break
    return order, given


def verify(draw: Any) -> list[str]:
    """Return what is wrong with a published draw; an empty list when all is right (Any: JSON)."""
    order, given = rerun(draw)
    named = [line for line in draw["list"].splitlines() if line.startswith("commitment ")]
    checks = {
        "the secret is not the one that was promised": sha256(draw["secret"]) == draw["commitment"]
        and named == [f"commitment {draw['commitment']}"],
        "the list is not the one that was fixed": sha256(draw["list"]) == draw["list_hash"],
        "the order is another": [one["ticket"] for one in draw["results"]] == order,
        "the seats are others": {
            one["ticket"]: one["time"] for one in draw["results"] if one["time"]
        }
        == given,
    }
    return [sentence for sentence, holds in checks.items() if not holds]


if __name__ == "__main__":
    published = read(sys.argv[1])
    wrong = verify(published)
    print("\n".join(wrong) or f"All is right: {len(published['results'])} entries.")
    sys.exit(1 if wrong else 0)
