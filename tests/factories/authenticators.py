"""An authenticator in software, which signs what it is asked to and can be made to lie.

It is written from WebAuthn level 3: authenticator data (section 6.1), "packed" self attestation
(section 8.2) and assertions (section 6.3.3).
"""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ES256 = -7

Options = dict[str, Any]
"""What navigator.credentials is given (Any: JSON)."""


@dataclass
class Authenticator:
    """One device with one passkey; its fields say how it lies."""

    origin: str = "http://localhost"
    rp_id: str | None = None
    """Another one than it was asked for."""
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    counts: bool = True
    challenge: str | None = None
    handle: bytes = b""
    credential: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )

    def make(self, options: Options) -> str:
        """Return a new passkey with its attestation, as JSON."""
        self.handle = base64url_to_bytes(options["user"]["id"])
        client = self._client("webauthn.create", options)
        public = self._public_key()
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + public
        rp_id = options["rp"]["id"]
        data = self._authenticator_data(rp_id, self.flags | ATTESTED) + attested
        statement = {"alg": ES256, "sig": self._sign(data, client)}
        attestation = cbor2.dumps({"fmt": "packed", "attStmt": statement, "authData": data})
        return self._answer(client, attestationObject=bytes_to_base64url(attestation))

    def show(self, options: Options) -> str:
        """Return that the owner of the passkey is here, as JSON."""
        client = self._client("webauthn.get", options)
        data = self._authenticator_data(options["rpId"], self.flags)
        return self._answer(
            client,
            authenticatorData=bytes_to_base64url(data),
            signature=bytes_to_base64url(self._sign(data, client)),
            userHandle=bytes_to_base64url(self.handle),
        )

    def _client(self, kind: str, options: Options) -> bytes:
        challenge = self.challenge or options["challenge"]
        said = {"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}
        return json.dumps(said).encode()

    def _authenticator_data(self, rp_id: str, flags: int) -> bytes:
        self.counter += self.counts
        hashed = hashlib.sha256((self.rp_id or rp_id).encode()).digest()
        return hashed + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        point = self.key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return cbor2.dumps({1: 2, 3: ES256, -1: 1, -2: x, -3: y})

    def _sign(self, data: bytes, client: bytes) -> bytes:
        return self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))

    def _answer(self, client: bytes, **response: str) -> str:
        named = bytes_to_base64url(self.credential)
        return json.dumps(
            {
                "id": named,
                "rawId": named,
                "type": "public-key",
                "response": {"clientDataJSON": bytes_to_base64url(client), **response},
            }
        )
