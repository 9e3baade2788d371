"""The client of the provider: the code flow with PKCE, state and nonce, as the library does it."""

from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Flask, current_app
from joserfc.errors import JoseError
from requests import RequestException
from werkzeug.wrappers import Response

from app.accounts.sign_on import SignOnRefused
from app.core import clock
from config import Settings

ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "RS512", "PS512", "ES512"]
"""Signatures of a key that only the provider has: no shared secret, and never "none"."""
DISCOVERY = "/.well-known/openid-configuration"
TIMEOUT_S = 10
FRESH_S = 300
"""How long ago the provider may have asked, when somebody has to show once more who they are."""

UNTRUSTED = (
    *(AuthlibBaseError, JoseError, RequestException),
    *(ValueError, KeyError, TypeError, RuntimeError),
)
"""What the library raises for a provider that is away, lies, or talks nonsense."""


def init_app(app: Flask, settings: Settings) -> None:
    """Have the provider of the settings known, if there is one."""
    oauth = OAuth(app)
    app.extensions["sign_on"] = oauth
    if not settings.oidc_issuer:
        return
    oauth.register(
        "provider",
        server_metadata_url=settings.oidc_issuer.rstrip("/") + DISCOVERY,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )


def is_offered() -> bool:
    """Return whether staff can sign on with a provider here."""
    return bool(_settings().oidc_issuer)


def name() -> str:
    """Return what the provider is called, as its ministry calls it."""
    return _settings().oidc_name


def ask(redirect_uri: str) -> Response:
    """Lead to the provider, which asks even whom it knows; raise SignOnRefused."""
    try:
        client = _client()
        answer: Response = client.authorize_redirect(redirect_uri, prompt="login", max_age=0)
    except UNTRUSTED:
        raise SignOnRefused() from None
    return answer


def claims() -> dict[str, Any]:
    """Return what the provider says of who comes back with this request (Any: JSON).

    Raises SignOnRefused unless state, code, PKCE, signature, issuer, audience, times and nonce
    are right, or when the provider asked too long ago.
    """
    settings = _settings()
    wanted = {
        "iss": {"essential": True, "value": settings.oidc_issuer},
        "aud": {"essential": True, "value": settings.oidc_client_id},
    }
    try:
        token = _client().authorize_access_token(claims_options=wanted, leeway=30)
        said = dict(token["userinfo"])
        asked_at = float(said.get("auth_time", 0))
    except UNTRUSTED:
        raise SignOnRefused() from None
    if not said.get("nonce") or clock.now().timestamp() - asked_at > FRESH_S:
        raise SignOnRefused()
    return said


def _client() -> Any:
    # Any: the library has no types.
    client = current_app.extensions["sign_on"].provider
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != _settings().oidc_issuer:
        raise ValueError("the provider calls itself otherwise")
    # What the provider would sign with is not for its own document to say.
    metadata["id_token_signing_alg_values_supported"] = ALGORITHMS
    return client


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    return settings
