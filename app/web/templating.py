"""Templates compiled once per language with their strings folded in, and what pages share."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask, current_app, get_flashed_messages, request, url_for
from flask.templating import Environment
from flask_babel import gettext, ngettext, npgettext, pgettext
from jinja2 import StrictUndefined, nodes
from jinja2.utils import LRUCache
from jinja2.visitor import NodeTransformer
from markupsafe import Markup

from app.core import clock, i18n
from app.web import access, language, navigation

FOLDED = {"_": 1, "gettext": 1, "pgettext": 2}
"""The calls that are folded, and of how many texts their message is made."""
CACHE_SIZE = 400
MOST_KEPT = 512
"""So many outputs of one macro are kept, those that were asked for last."""
_PARSING = Lock()
"""Jinja reads fractions by `ast.literal_eval`, which threads must not enter side by side in Python
3.11: "AST constructor recursion depth mismatch" (python/cpython#106905)."""


class FoldingEnvironment(Environment):
    """One template cache per language; constant messages are translated when compiled.

    Measured: a seventh of the CPU of a page, the same output (ADR 0005).
    """

    @property  # type: ignore[override]
    def cache(self) -> LRUCache:
        """Return the cache of the present language, so that includes stay within it."""
        caches: dict[str, LRUCache] = self.__dict__.setdefault("_caches", {})
        return caches.setdefault(i18n.language(), LRUCache(CACHE_SIZE))

    @cache.setter
    def cache(self, value: object) -> None:
        """Ignore the single cache that Jinja would set."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        with _PARSING:
            tree = super()._parse(source, name, filename)
        folded: nodes.Template = _Fold().visit(tree)
        folded.set_environment(self)
        return folded


class _Fold(NodeTransformer):
    """Replaces gettext calls on constants by their translation, variables still escaped."""

    def visit_Call(self, node: nodes.Call) -> nodes.Node:
        self.generic_visit(node)
        texts = _message_of(node)
        if not texts:
            return node
        text = _translated(*texts)
        if not node.kwargs:
            return nodes.MarkSafeIfAutoescape(nodes.Const(_without_percent(text)))
        pairs = [nodes.Pair(nodes.Const(k.key), k.value) for k in node.kwargs]
        return nodes.Mod(nodes.MarkSafeIfAutoescape(nodes.Const(text)), nodes.Dict(pairs))


def _translated(*texts: str) -> str:
    """Return a message of one text, or of a context and a text, in the present language."""
    return gettext(*texts) if len(texts) == 1 else pgettext(*texts)


def _message_of(node: nodes.Call) -> list[str]:
    """Return the constant texts of which a call makes its message; none for any other call."""
    texts = [
        one.value
        for one in node.args
        if isinstance(one, nodes.Const) and isinstance(one.value, str)
    ]
    is_folded = (
        isinstance(node.node, nodes.Name)
        and len(texts) == len(node.args) == FOLDED.get(node.node.name)
        and node.dyn_args is None
        and node.dyn_kwargs is None
    )
    return texts if is_folded else []


def _without_percent(text: str) -> str:
    return text % {} if "%" in text else text


def init_app(app: Flask, *, zone: Callable[[], str], post: Callable[[], Any], demo: bool) -> None:
    """Fill the environment; `zone` and `post` tell of the post that this site serves.

    Any: the web layer knows no post, it only shows its `name`.
    """
    env = app.jinja_env
    env.undefined = StrictUndefined
    env.trim_blocks = env.lstrip_blocks = True
    env.add_extension("jinja2.ext.i18n")
    env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    _add_globals(app, post, demo=demo)
    _add_filters(app, zone)


def _add_globals(app: Flask, post: Callable[[], Any], *, demo: bool) -> None:
    # Any: as above.
    app.jinja_env.globals.update(
        lang=i18n.language,
        direction=i18n.direction,
        languages=lambda: list(i18n.LANGUAGES.items()),
        lang_url=language.same_place,
        static_url=static_url,
        current_actor=access.current_actor,
        nav=navigation.head_links,
        account_links=navigation.account_links,
        site_links=navigation.foot_links,
        home_url=navigation.home_url,
        find_url=navigation.find_url,
        post=post,
        demo=lambda: demo,
        scanner_missing=lambda: app.config["SETTINGS"].scanner == "none",
        flashes=lambda: get_flashed_messages(with_categories=True),
        number=i18n.number,
        listed=i18n.listed,
        kept=kept,
    )


def _add_filters(app: Flask, zone: Callable[[], str]) -> None:
    app.jinja_env.filters.update(
        day=i18n.day,
        short_day=i18n.short_day,
        until_day=i18n.until_day,
        month=i18n.month,
        weekday=i18n.weekday,
        city=i18n.city,
        clock=lambda moment: i18n.time_of_day(moment, zone()),
        moment=lambda moment: moment_text(moment, zone()),
        moment_day=lambda moment: i18n.short_day(clock.local(moment, zone()).date()),
        money=lambda pair: i18n.money(*pair),
        text_of=text_of,
        labelled=labelled,
        plain_of=i18n.text_in,
        number=i18n.number,
    )


def moment_text(moment: datetime, zone: str) -> Markup:
    """Return day and 24-hour time of a moment in a zone, the time isolated."""
    on: date = clock.local(moment, zone).date()
    at = i18n.time_of_day(moment, zone)
    time = Markup('<bdi dir="ltr" class="j-num">{}</bdi>').format(at)
    return Markup.escape(gettext("%(day)s, %(time)s")) % {"day": i18n.day(on), "time": time}


def text_of(texts: Mapping[str, str]) -> Markup:
    """Return a text of an admin, marked with its own language where it fell back."""
    code, text = i18n.pick(texts)
    if code == i18n.language():
        return Markup.escape(text)
    return Markup('<span lang="{}" dir="{}">{}</span>').format(code, i18n.direction(code), text)


def labelled(name: object, said: object) -> Markup:
    """Return what is said of something behind its name, with a colon unless the name asks."""
    label = Markup.escape(name)
    asks = label.striptags().endswith(("?", "؟"))
    return (Markup("{} {}") if asks else Markup("{}: {}")).format(label, said)


def kept(macro: Callable[..., Markup]) -> Callable[..., Markup]:
    """Return a macro that is run once for the same arguments, in the language it is compiled in.

    For one whose output hangs on nothing else: no macro that calls its caller, asks who reads, or
    names a person. Text and markup are told apart, for the one is escaped and the other is not;
    within a tuple they are not, so that tuples hold text alone.
    """
    return lru_cache(maxsize=MOST_KEPT, typed=True)(macro)


def static_url(path: str) -> str:
    """Return the address of a static file with a hash of its content, to be kept for ever."""
    return _static_url(path, str(current_app.static_folder), request.script_root)


@lru_cache(maxsize=256)
def _static_url(path: str, folder: str, _root: str) -> str:
    content = (Path(folder) / path).read_bytes()
    return url_for("static", filename=path, v=hashlib.sha256(content).hexdigest()[:12])
