"""What is unusual and was kept all the same: said on the next page, with the way back to it."""

from flask import flash
from flask_babel import pgettext
from markupsafe import Markup

_SENTENCE_AND_LINK = Markup('{} <a class="j-link" href="{}">{}</a>')


def tell(sentence: str | Markup, url: str) -> None:
    """Say a sentence on the page that follows; the link leads to where it can be changed."""
    flash(_SENTENCE_AND_LINK.format(sentence, url, pgettext("action", "Change")))
