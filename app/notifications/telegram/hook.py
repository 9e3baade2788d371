"""What Telegram tells our bot: somebody links a chat, or wants nothing more there."""

import hmac
from typing import Any

from flask import Blueprint, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import i18n
from app.core.db import transaction
from app.extensions import csrf
from app.notifications import letters
from app.notifications import services as notifications
from app.notifications.events import WAY_ADDED
from app.notifications.telegram import rules, services
from app.notifications.telegram.rules import Told
from app.web.access import public

PATH = "/telegram"
bp = Blueprint("telegram_hook", __name__)
csrf.exempt(bp)  # Telegram has no form of ours; its header says who calls.

LARGEST_BODY = 64 * 1024


@bp.post("/hook")
@public
def take() -> ResponseReturnValue:
    """Take an update and answer in the chat; whoever does not know the secret finds nothing here.

    An answer other than a success would be asked for again and again.
    """
    token = current_app.config["SETTINGS"].telegram_token
    given = request.headers.get("X-Telegram-Bot-Api-Secret-Token", "")
    right = rules.hook_secret(token)
    if not token or not hmac.compare_digest(given.encode(), right.encode()):
        abort(404)
    request.max_content_length = LARGEST_BODY
    try:
        told = rules.told(request.get_data())
    except RequestEntityTooLarge:
        return "", 204
    return _answer(told) if told else ("", 204)


def _answer(told: Told) -> ResponseReturnValue:
    with transaction():
        if told.wants_to_stop:
            services.stop(told.chat)
            return "", 204
        account = services.link(told.code, told.chat)
        language = account.language if account else None
        if account is not None:
            _warn(account.id, told.code[: services.UID_SIGNS])
    with i18n.speaking(language or i18n.DEFAULT):
        text = _linked() if language else _unknown()
    return jsonify(_say(told.chat, text))


def _warn(account_id: int, uid: str) -> None:
    """Tell the owner, whoever held the phone; of a code that is sent again, once."""
    notifications.tell(WAY_ADDED, account_id=account_id, dedupe=f"{WAY_ADDED}/{uid}", payload={})


def _linked() -> str:
    return _(
        "This chat is linked. Messages about your requests come here. To end that, send %(stop)s.",
        stop=letters.isolated("/stop"),
    )


def _unknown() -> str:
    return _("This link is no longer good. Make a new one on the page of your account.")


def _say(chat: str, text: str) -> dict[str, Any]:
    # Any: what JSON holds. The answer of a hook may itself be a call of the Bot API.
    return {"method": "sendMessage", "chat_id": int(chat), "text": text}
