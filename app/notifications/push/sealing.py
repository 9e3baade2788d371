"""What goes to a push service: text that the browser alone can read, and who sends it.

RFC 8291 over RFC 8188 (aes128gcm, one record) and RFC 8292 (VAPID). The library for it comes
without a wheel and its successor with an event loop; the primitives are cryptography's own
(docs/adr/0017).
"""

import json
import os
from datetime import datetime, timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.notifications.push.rules import Subscription, raw, text_of

CURVE = ec.SECP256R1()
RECORD = 4096
LAST = b"\x02"
"""The delimiter of the last record, after which there is padding alone."""
PROOF_LASTS = timedelta(hours=12)
"""RFC 8292 allows a day; a clock that is wrong needs some of it."""


def seal(
    text: bytes,
    to: Subscription,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body for one browser; raise ValueError for keys that are none.

    `own` and `salt` are fresh each time; a test gives those of the standard's example.
    """
    own, salt = own or ec.generate_private_key(CURVE), salt or os.urandom(16)
    theirs = raw(to.p256dh)
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, theirs))
    sender = point_of(own)
    about = b"WebPush: info\x00" + theirs + sender
    secret = _derived(shared, salt=raw(to.auth), about=about, length=32)
    key = _derived(secret, salt=salt, about=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _derived(secret, salt=salt, about=b"Content-Encoding: nonce\x00", length=12)
    head = salt + RECORD.to_bytes(4, "big") + bytes([len(sender)]) + sender
    return head + AESGCM(key).encrypt(nonce, text + LAST, None)


def _derived(secret: bytes, *, salt: bytes, about: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=about).derive(secret)


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half of a key as an uncompressed point."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def key_of(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Return our key for 32 bytes of a setting; raise ValueError for what is none."""
    return ec.derive_private_key(int.from_bytes(secret, "big"), CURVE)


def proof(key: ec.EllipticCurvePrivateKey, *, origin: str, contact: str, now: datetime) -> str:
    """Return the header by which a push service knows who sends (RFC 8292).

    It names the service, an address to write to, and its end, and is signed by our key.
    """
    ends = int((now + PROOF_LASTS).timestamp())
    claims = {"aud": origin, "exp": ends, "sub": f"mailto:{contact}"}
    parts = ({"typ": "JWT", "alg": "ES256"}, claims)
    said = ".".join(text_of(json.dumps(part).encode()) for part in parts)
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    signature = text_of(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
    return f"vapid t={said}.{signature}, k={text_of(point_of(key))}"
