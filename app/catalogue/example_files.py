"""Reads the example post and services that come with the software."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from app.catalogue.definition import document as definition
from app.catalogue.definition.document import Definition

FOLDER = Path(__file__).parent / "examples"


@cache
def list_services() -> tuple[Definition, ...]:
    """Return every example service by position; raises DefinitionError."""
    files = (FOLDER / "services").glob("*.json")
    read = [definition.read_json(one.read_bytes()) for one in files]
    return tuple(sorted(read, key=lambda one: (one.position, one.code)))


def get_post(code: str) -> dict[str, Any]:
    """Return the example post: its sites, pools, weekly hours and closures (Any: JSON)."""
    post: dict[str, Any] = json.loads((FOLDER / "posts" / f"{code}.json").read_text("utf-8"))
    return post
