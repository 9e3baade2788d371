"""The callback of whoever carries messages; what is not signed by them finds nothing here."""

import logging

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import clock
from app.core.db import transaction
from app.extensions import csrf
from app.notifications import gateways, receipts
from app.notifications.gateways import Forged, Garbled, Gateway
from app.web.access import public

PATH = "/messages"
bp = Blueprint("message_receipts", __name__)
csrf.exempt(bp)  # A provider has no form of ours; its signature says who calls.

logger = logging.getLogger(__name__)

LARGEST_BODY = 10_000


def _gateway(name: str) -> Gateway:
    for one in gateways.read(current_app.config["SETTINGS"].sms_gateways):
        if one.name == name and one.receipt is not None:
            return one
    abort(404)


@bp.post("/receipts/<name>")
@public
def take(name: str) -> ResponseReturnValue:
    """Take a receipt; the same again changes nothing and is answered alike.

    Without its signature the answer is that of an address that does not exist. One for a message
    that is not known yet is kept: it may have come before the worker knew the message's name.
    """
    gateway = _gateway(name)
    # What is read is bound, not what is announced.
    request.max_content_length = LARGEST_BODY
    try:
        word = gateway.word(dict(request.headers), request.get_data(), now=clock.now())
    except RequestEntityTooLarge:
        abort(404)
    except Garbled:
        logger.warning("garbled receipt", extra={"provider": name})
        abort(400)
    except Forged:
        logger.warning("forged receipt", extra={"provider": name})
        abort(404)
    with transaction():
        receipts.take(word, provider=name)
    return "", 204
