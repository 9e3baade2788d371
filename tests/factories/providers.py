"""An OpenID provider on a real socket, with real keys; it can be told to lie.

Written from OpenID Connect Core 1.0 (3.1) and RFC 7636: it gives a code for a login, and an ID
token for the code to who has the secret and the verifier.
"""

import base64
import hashlib
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

from app.core import clock
from tests.servers import free_port

CLIENT_ID, CLIENT_SECRET = "jaliya", "a secret of the tests, and of nothing else"
Claims = dict[str, Any]
"""JSON."""


class Quiet(WSGIRequestHandler):
    """Writes no line for each request."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@dataclass
class Provider:
    """What it says of whoever logs in; `claims` come over what is true, `lies` name the rest."""

    url: str
    claims: Claims = field(default_factory=dict)
    lies: set[str] = field(default_factory=set)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """Requests for a login by the code that was given for them."""
    asked_last: dict[str, str] = field(default_factory=dict)

    def __call__(self, environ: Any, start: Any) -> Any:
        """Answer a request (Any: WSGI)."""
        request = Request(environ)
        answers = {
            "/.well-known/openid-configuration": self._metadata,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": self._jwks,
        }
        return answers[request.path](request)(environ, start)

    def _metadata(self, _request: Request) -> Response:
        issuer = "https://evil.example" if "issuer of the document" in self.lies else self.url
        return _json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token",
                "jwks_uri": f"{self.url}/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            }
        )

    def _authorize(self, request: Request) -> Response:
        code = secrets.token_urlsafe(16)
        self.asked_last = self.asked[code] = request.args.to_dict()
        state = "another" if "state" in self.lies else request.args["state"]
        back = f"{request.args['redirect_uri']}?{urlencode({'code': code, 'state': state})}"
        return Response(status=302, headers={"Location": back})

    def _token(self, request: Request) -> Response:
        asked = self.asked.pop(request.form.get("code", ""), None)
        if asked is None or not self._knows(request) or not _fits(asked, request):
            return _json({"error": "invalid_grant"}, 400)
        answer: Claims = {"access_token": "x", "token_type": "Bearer", "expires_in": 60}
        if "no ID token" not in self.lies:
            answer["id_token"] = self._id_token(asked)
        return _json(answer)

    def _knows(self, request: Request) -> bool:
        given = request.authorization
        return bool(given and (given.username, given.password) == (CLIENT_ID, CLIENT_SECRET))

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(clock.now().timestamp())
        said: Claims = {
            "iss": self.url,
            "sub": "s-1",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "auth_time": now,
            "nonce": asked.get("nonce"),
        }
        said |= self.claims
        said = {name: value for name, value in said.items() if value is not None}
        if "alg none" in self.lies:
            return ".".join((_part({"alg": "none"}), _part(said), ""))
        if "shared secret" in self.lies:
            return jwt.encode({"alg": "HS256"}, said, OctKey.import_key(CLIENT_SECRET))
        key = self.key
        if "key" in self.lies:
            key = ECKey.generate_key("P-256", {"kid": "one"})
        return jwt.encode({"alg": "ES256", "kid": "one"}, said, key)

    def _jwks(self, _request: Request) -> Response:
        return _json(KeySet([self.key]).as_dict(private=False))


def _fits(asked: dict[str, str], request: Request) -> bool:
    """Return whether the verifier is that of the challenge (RFC 7636, 4.6)."""
    digest = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    is_s256 = asked.get("code_challenge_method") == "S256"
    same_place = asked["redirect_uri"] == request.form.get("redirect_uri")
    return is_s256 and same_place and asked.get("code_challenge") == challenge


def _part(content: Claims) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, mimetype="application/json")


@contextmanager
def running() -> Iterator[Provider]:
    """Run a provider on a port of its own."""
    port = free_port()
    provider = Provider(url=f"http://127.0.0.1:{port}")
    server = make_server("127.0.0.1", port, provider, request_handler=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield provider
    server.shutdown()
    thread.join()
    server.server_close()
