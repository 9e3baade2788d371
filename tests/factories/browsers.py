"""Browsers as push services know them, which can read what only they can."""

import base64
import json
import secrets

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.notifications.push.rules import Subscription


class Browser:
    """One that has subscribed; its private key never leaves it."""

    def __init__(self, base: str, name: str = "device-1") -> None:
        """Subscribe at a push service."""
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), secrets.token_bytes(16)
        self.name, self.endpoint = name, f"{base}/push/{name}"

    @property
    def subscription(self) -> Subscription:
        """Return what the page's script is told of it."""
        return Subscription(
            endpoint=self.endpoint, p256dh=_text(self._point()), auth=_text(self._auth)
        )

    def _point(self) -> bytes:
        return self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read(self, body: bytes) -> dict[str, str]:
        """Return what it shows, decrypted as RFC 8291 says."""
        salt, length = body[:16], body[20]
        sender, sealed = body[21 : 21 + length], body[21 + length :]
        theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        about = b"WebPush: info\x00" + self._point() + sender
        secret = _hkdf(self._key.exchange(ec.ECDH(), theirs), self._auth, about, 32)
        key = _hkdf(secret, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(secret, salt, b"Content-Encoding: nonce\x00", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None)
        shown: dict[str, str] = json.loads(plain.rstrip(b"\x00")[:-1])
        return shown


def _hkdf(secret: bytes, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=about).derive(secret)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
