"""The callback of a payment provider; what is not signed by it finds nothing here."""

import logging

from flask import Blueprint, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import clock
from app.core.db import transaction
from app.core.errors import NotFound
from app.extensions import csrf
from app.payments import providers
from app.payments.providers import Forged, Provider
from app.payments.services import online
from app.web.access import public

PATH = "/payments"
bp = Blueprint("payment_callbacks", __name__)
csrf.exempt(bp)  # A provider has no form of ours; its signature says who calls.

logger = logging.getLogger(__name__)

LARGEST_BODY = 10_000


def provider() -> Provider | None:
    """Return the payment provider of this site, None for none."""
    settings = current_app.config["SETTINGS"]
    return providers.of(
        settings.payment_provider, url=settings.payment_url, secret=settings.payment_secret
    )


@bp.post("/callback/<name>")
@public
def take(name: str) -> ResponseReturnValue:
    """Take the word of the provider; the same again changes nothing and is answered alike.

    Without its signature the answer is that of an address that does not exist. A payment that
    is not known yet is answered by 409, so that the provider says it again.
    """
    found = provider()
    if found is None or found.name != name:
        abort(404)
    # What is read is bound, not what is announced: a body in chunks announces no length. It may
    # be cut off instead of refused, and then is not what was signed.
    request.max_content_length = LARGEST_BODY
    try:
        word = found.read(dict(request.headers), request.get_data(), now=clock.now())
    except RequestEntityTooLarge:
        abort(404)
    except Forged:
        logger.warning("forged payment callback", extra={"provider": name})
        abort(404)
    try:
        with transaction():
            online.settle(word, provider=name)
    except NotFound:
        return "", 409
    return "", 204
