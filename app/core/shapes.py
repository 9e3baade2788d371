"""JSON columns that hold a list or an object: what somebody damaged is of another shape.

A page that only shows goes on with an empty one, so that one row takes no list away; whatever
changes something is refused, so that nothing is written over what could be mended (F27).
"""

import logging
from typing import Any

from flask import has_request_context
from sqlalchemy import JSON, Dialect, TypeDecorator, type_coerce
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.types import TypeEngine

from app.core.crypto import Unreadable, is_looked_at
from app.core.db import Json

logger = logging.getLogger(__name__)


class Shaped(TypeDecorator[Any]):
    """JSON of one shape (Any: whatever is in it)."""

    impl = Json
    cache_ok = True

    class comparator_factory(JSON.Comparator[Any]):
        """What a statement asks of a part of it: that has no shape of its own."""

        def __getitem__(self, index: Any) -> Any:
            return type_coerce(self.expr, Json)[index]

    def __init__(
        self, shape: type[list[Any]] | type[dict[str, Any]], *, may_be_null: bool = False
    ) -> None:
        super().__init__()
        self.shape, self.may_be_null = shape, may_be_null

    def coerce_compared_value(self, op: Any, value: Any) -> TypeEngine[Any]:
        # Any: an operator; what is asked of JSON in a statement stays as it is.
        return self.impl_instance.coerce_compared_value(op, value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            # As a NULL comes of a row that was joined and is not there: no sign of damage.
            return None if self.may_be_null else self.shape()
        if isinstance(value, self.shape):
            return value
        logger.error("stored JSON cannot be read", extra={"found": type(value).__name__})
        if has_request_context() and not is_looked_at():
            raise Unreadable("a value of another shape")
        return self.shape()


JsonList = Shaped(list)
JsonObject = Shaped(dict)
JsonMap = MutableDict.as_mutable(Shaped(dict, may_be_null=True))
"""A small mutable map, such as the languages of a text."""
