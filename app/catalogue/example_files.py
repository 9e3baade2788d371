"""Reads the example post and services that come with the software."""

import json
from functools import cache
from importlib import resources
from typing import Any

from app.catalogue import definition
from app.catalogue.definition import Definition

_FOLDER = resources.files("app.catalogue") / "examples"


@cache
def list_services() -> tuple[Definition, ...]:
    """Return every example service by position; raises DefinitionError."""
    files = (_FOLDER / "services").iterdir()
    read = [definition.read_json(one.read_bytes()) for one in files if one.name.endswith(".json")]
    return tuple(sorted(read, key=lambda one: (one.position, one.code)))


def get_post(code: str) -> dict[str, Any]:
    """Return the example post: its sites, pools, weekly hours and closures (Any: JSON)."""
    post: dict[str, Any] = json.loads((_FOLDER / "posts" / f"{code}.json").read_text("utf-8"))
    return post
