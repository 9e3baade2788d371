"""Files of a form go straight to a folder of the store, counted, and refused when too large."""

import os
import tempfile
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import IO, Any, TypeVar

from flask import Flask, Request, current_app, g, request
from werkzeug.exceptions import RequestEntityTooLarge

View = TypeVar("View", bound=Callable[..., Any])
MOST_FILES = 40
"""In one form: each is an open file of the process, of which a system allows some hundreds."""


class Counted:
    """A temporary file without a name that takes so many bytes and forgets the rest."""

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._left = folder, most

    @cached_property
    def _file(self) -> IO[bytes]:
        # Opened by the first byte: a form has fields for files that stay empty.
        return tempfile.TemporaryFile(dir=self._folder)

    @property
    def _is_open(self) -> bool:
        return "_file" in vars(self)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place; one that took nothing has no other than the first."""
        return self._file.seek(offset, whence) if self._is_open else 0

    def close(self) -> None:
        """Close it, and with that be rid of it."""
        if self._is_open:
            self._file.close()

    @property
    def is_too_large(self) -> bool:
        """Return whether more came than may be kept."""
        return self._left < 0

    def write(self, data: bytes) -> int:
        """Take bytes; once there are too many, none of them are worth keeping."""
        self._left -= len(data)
        return self._file.write(data) if data and not self.is_too_large else len(data)

    def __getattr__(self, name: str) -> Any:
        # Any: everything else is the file's own.
        return getattr(self._file, name)


def takes_form_of(most: int) -> Callable[[View], View]:
    """Let a view take a form with so many bytes outside of files, where that is more than usual."""

    def attach(view: View) -> View:
        view.largest_form = most  # type: ignore[attr-defined]
        return view

    return attach


class CountingRequest(Request):
    """A request whose files are counted while they arrive."""

    def _get_file_stream(  # type: ignore[override]
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> Counted:
        # Werkzeug calls this by keyword: the names are its own.
        folder, most = current_app.extensions["uploads"]
        sinks = g.setdefault("uploads", [])
        if len(sinks) == MOST_FILES:
            raise RequestEntityTooLarge()
        sink = Counted(folder, most)
        sinks.append(sink)
        return sink

    def _load_form_data(self) -> None:
        # The whole form is read before it is refused: a browser that is still sending when the
        # connection closes shows no page but an error of its own.
        super()._load_form_data()
        if any(sink.is_too_large for sink in g.get("uploads", [])):
            raise RequestEntityTooLarge()


def init_app(app: Flask, *, folder: Path, most: int) -> None:
    """Receive files into a folder, each of at most so many bytes."""
    app.request_class = CountingRequest
    app.extensions["uploads"] = (folder, most)

    @app.before_request
    def allow() -> None:
        view = app.view_functions.get(request.endpoint or "")
        largest: int | None = getattr(view, "largest_form", None)
        if largest is not None:
            request.max_form_memory_size = largest

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        # A file without a name is gone with its handle, taken over or refused.
        for sink in g.pop("uploads", []):
            sink.close()
