"""What all forms share: CSRF, an idempotency key, text folded to what was meant."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import DateField, FileField, HiddenField, IntegerField, PasswordField, StringField
from wtforms.validators import StopValidation

from app.core import months
from app.core import text as texts
from app.web import unasked
from app.web.field_words import FieldWords


def fresh_key() -> str:
    """Return a new idempotency key for a form that is about to be shown."""
    return secrets.token_hex(16)


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Base of all forms, with what WTForms says in sentences of our own.

    What is typed into any of them is text that can be read (app.core.text), before a filter, a
    validator or a view sees it: one place for all, so that no field can forget it.
    """

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """How a form is read: text cleaned, but for passwords, which count sign by sign."""

        def get_translations(self, form: object) -> FieldWords:
            """Return what says the messages of WTForms in the reader's language."""
            return FieldWords()

        def wrap_formdata(self, form: FlaskForm, formdata: Any) -> Any:
            """Return what was sent, files for fields of files alone (Any: as Flask-WTF has it).

            A file in the place of a text is nothing: no field of text knows what to do with one.
            """
            sent = super().wrap_formdata(form, formdata)
            if not isinstance(sent, CombinedMultiDict):
                return sent
            fields = {name for name, one in form._fields.items() if isinstance(one, FileField)}
            files = request.files.items(multi=True)
            return CombinedMultiDict(
                (MultiDict((name, one) for name, one in files if name in fields), request.form)
            )

        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            """Return the field, its text cleaned first (Any: WTForms ships no types)."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                own = unbound_field.kwargs.get("filters", ())
                clean = only_readable if issubclass(kind, HiddenField) else only_text
                options = {**options, "filters": (clean, *own)}
            return super().bind_field(form, unbound_field, options)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Return whether all fields are right; what no field asked for is noted."""
        unasked.note(self._fields)
        is_valid: bool = super().validate(*args, **kwargs)
        return is_valid

    def process(self, *args: Any, **kwargs: Any) -> None:
        """Fill the fields; one that is refused holds nothing that a database would refuse."""
        super().process(*args, **kwargs)
        for field in self:
            is_text = isinstance(field, StringField) and not isinstance(field, PasswordField)
            if is_text and isinstance(field.data, str):
                field.data = texts.readable(field.data)


class KeyedForm(Form):
    """A form that changes something once, however often it is sent."""

    key = HiddenField(default=fresh_key)

    def idempotency_key(self) -> str:
        """Return the key that came with the form, cut to what we could have given."""
        typed = (self.key.data or "")[:64]
        return "".join(sign for sign in typed if sign.isascii() and sign.isalnum()) or fresh_key()

    def content_key(self) -> str:
        """Return a key of the form, its address and all that was filled in.

        Sent once more it is the same; filled in otherwise, by way of "back", it is another wish.
        """
        filled = sorted(request.form.items(multi=True))
        said = repr((self.idempotency_key(), request.path, filled))
        return hashlib.sha256(said.encode()).hexdigest()


def only_text(value: Any) -> Any:
    """Return what was meant by a form value; a filter for text (Any: WTForms passes anything).

    Marks that turn the direction of what stands around them are taken out; raises ValueError,
    which becomes an error of the field, for what no reader typed.
    """
    if not isinstance(value, str):
        return value
    try:
        return texts.clean_text(value)
    except texts.UnreadableText:
        raise ValueError(_("This text holds signs that cannot be read.")) from None


def one_file(_form: Form, field: FileField) -> None:
    """Refuse several files in a field that takes one, so that none is lost unsaid; a validator."""
    if sum(bool(getattr(one, "filename", "")) for one in field.raw_data or ()) > 1:
        raise StopValidation(_("Send one file at a time. None of these was kept."))


def only_readable(value: Any) -> Any:
    """Return what can be read of a hidden value, in which nobody could mend what is wrong."""
    return texts.clean_text(texts.readable(value)) if isinstance(value, str) else value


REQUIRED = _l("This is needed.")
CHOOSE = _l("Choose one of these.")


def joined_parts(parts: Iterable[str]) -> str:
    """Return the parts of a date as one text between blanks; a part keeps its own unbroken."""
    return " ".join("\u00a0".join(part.split()) for part in parts)


DAY = ["%d %m %Y", "%Y-%m-%d"]
"""The forms in which a date is read: three parts, or as it is stored."""


class LocalDateField(DateField):  # type: ignore[misc]  # WTForms ships no types
    """A date in three parts, with whatever digits; the month also by its name."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the parts as digits of ours."""
        folded = months.as_digits(valuelist)
        # One text for all parts: a date whose day is missing is wrong, not absent.
        self.raw_data = [joined_parts(folded)] if any(folded) else [""]
        super().process_formdata(self.raw_data if any(folded) else [])


class LocalIntegerField(IntegerField):  # type: ignore[misc]  # WTForms ships no types
    """A whole number of at most nine digits, with whatever digits."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the digits as ours; raise ValueError for what is no number."""
        if not valuelist:
            return
        found: Any = texts.find_whole(valuelist[0])  # Any: as the value of every field
        self.data = found
        if found is None:
            super().process_formdata([""])  # Refuses, in the reader's language.
