"""A signer outside: a small service before an HSM or a cloud's key management, asked over https or a Unix socket.

docs/keys.md has the protocol, three POSTs of JSON. What comes back is believed only once the published public half has
verified it: a wrong key, a wrong algorithm or a broken device gives an error here and never a bad token to an app.
"""

import base64
import hashlib
import os
import ssl
import time
from threading import Lock
from typing import Any, Final, Literal

import httpcore
import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from portal.infra.crypto.jose import Algorithm, Key, NewKey, Pen, is_signed_by, published
from portal.infra.crypto.public_keys import KeyRefused, read_public_key
from portal.infra.crypto.signers import HeldKey, SignerUnavailable

log = structlog.get_logger(__name__)

SOCKET: Final = "unix:"
MAX_ANSWER_BYTES: Final = 64 * 1024
MAX_REFERENCE_CHARACTERS: Final = 300
CONNECTIONS: Final = 8
"""So many signatures at once in each process; who comes next waits for one of them, as long as for an answer."""
MAKING_SECONDS: Final = 20.0
"""An RSA key takes a device a while."""
PROBE: Final = b"portal: is this key yours?"
_SIDE: Final = 32
"""Bytes of each half of an ES256 signature (RFC 7518 section 3.4)."""

Act = Literal["keys", "public-key", "sign"]


class _Failed(Exception):
    """No signature came of it; `reason` is for the log."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


class RemoteSigner:
    """Asks for signatures. Connections are kept, and opened after the fork.

    Args:
        address: `https://host[:port][/path]`, or `unix:/path/of/the.sock`.
        token: sent as a bearer token, if there is one.
        seconds: how long one signature may take.
        tls: whom to trust, if not the certificate authorities of the system.
    """

    name = "remote"

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        seconds: float = 2.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._socket = address.removeprefix(SOCKET) if address.startswith(SOCKET) else None
        self._base = "http://signer" if self._socket else address.rstrip("/")
        self._headers: dict[bytes | str, bytes | str] = {
            "Host": self._base.partition("://")[2].partition("/")[0],
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._seconds, self._tls = seconds, tls
        self._opening = Lock()
        self._connections: tuple[int, httpcore.ConnectionPool] | None = None

    def make(self, algorithm: Algorithm) -> NewKey:
        """Have it make a key, and let it prove that it can sign with it."""
        try:
            return self._proved(
                self._ask("keys", {"algorithm": algorithm}, seconds=MAKING_SECONDS), algorithm
            )
        except _Failed as failed:
            raise _unavailable(failed, act="make", algorithm=algorithm) from None

    def adopt(self, reference: str, algorithm: Algorithm) -> NewKey:
        """A key that it has already, by the name that it knows it by."""
        try:
            found = self._ask("public-key", {"key_ref": reference, "algorithm": algorithm})
            return self._proved({**found, "key_ref": reference}, algorithm)
        except _Failed as failed:
            raise _unavailable(failed, act="adopt", algorithm=algorithm) from None

    def pen(self, key: HeldKey) -> Pen:
        """What asks it each time."""

        def sign(data: bytes) -> bytes:
            try:
                return self._verified(key.public, key.signer_ref or "", key.algorithm, data)
            except _Failed as failed:
                raise _unavailable(failed, act="sign", algorithm=key.algorithm, kid=key.kid) from None

        return sign

    def close(self) -> None:
        """Let the connections go; the next question opens others."""
        kept, self._connections = self._connections, None
        if kept is not None and kept[0] == os.getpid():
            kept[1].close()

    def _proved(self, found: dict[str, Any], algorithm: Algorithm) -> NewKey:
        reference = found.get("key_ref")
        if not isinstance(reference, str) or not 0 < len(reference) <= MAX_REFERENCE_CHARACTERS:
            raise _Failed("key_ref")
        try:
            public = read_public_key(found.get("public_jwk"))
        except KeyRefused:
            raise _Failed("public_jwk") from None
        if algorithm not in public.verifies:
            raise _Failed("algorithm")
        self._verified(public.key, reference, algorithm, PROBE)
        return NewKey(
            kid=public.thumbprint,
            algorithm=algorithm,
            public_jwk=published(public.key, kid=public.thumbprint, algorithm=algorithm),
            signer=self.name,
            signer_ref=reference,
        )

    def _verified(self, public: Key, reference: str, algorithm: Algorithm, data: bytes) -> bytes:
        signature = self._signature(reference, algorithm, data)
        if not is_signed_by(public, algorithm, data=data, signature=signature):
            raise _Failed("wrong_signature")
        return signature

    def _signature(self, reference: str, algorithm: Algorithm, data: bytes) -> bytes:
        """Ed25519 hashes for itself (RFC 8032 section 5.1.6), so it gets the whole; the others get a digest."""
        what = {"message": data} if algorithm == "EdDSA" else {"digest": hashlib.sha256(data).digest()}
        sent = {name: base64.b64encode(value).decode() for name, value in what.items()}
        answer = self._ask("sign", {"key_ref": reference, "algorithm": algorithm, **sent})
        try:
            signature = base64.b64decode(answer.get("signature", ""), validate=True)
            return raw_signature(signature) if algorithm == "ES256" else signature
        except (ValueError, TypeError, OverflowError):
            raise _Failed("signature_form") from None

    def _ask(self, act: Act, body: dict[str, str], *, seconds: float | None = None) -> dict[str, Any]:
        allowed = seconds or self._seconds
        waits = dict.fromkeys(("connect", "read", "write", "pool"), allowed)
        try:
            with self._pool().stream(
                "POST",
                f"{self._base}/v1/{act}",
                headers=self._headers,
                content=orjson.dumps(body),
                extensions={"timeout": waits},
            ) as response:
                said = _read(response, until=time.monotonic() + allowed)
        except (httpcore.TimeoutException, httpcore.PoolTimeout):
            raise _Failed("timeout") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as problem:
            raise _Failed(type(problem).__name__) from None
        if response.status not in {200, 201}:
            raise _Failed("status", status=response.status)
        try:
            found = orjson.loads(said)
        except orjson.JSONDecodeError:
            raise _Failed("json") from None
        if not isinstance(found, dict):
            raise _Failed("json")
        return found

    def _pool(self) -> httpcore.ConnectionPool:
        """A child process opens its own: two on one connection would get each other's signatures."""
        kept = self._connections
        if kept is None or kept[0] != os.getpid():
            with self._opening:
                kept = self._connections
                if kept is None or kept[0] != os.getpid():
                    self._connections = kept = (os.getpid(), self._opened())
        return kept[1]

    def _opened(self) -> httpcore.ConnectionPool:
        tls = None if self._socket else self._tls or ssl.create_default_context()
        return httpcore.ConnectionPool(
            tls, max_connections=CONNECTIONS, keepalive_expiry=30.0, uds=self._socket
        )


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature on P-256 side by side (RFC 7518 section 3.4), from the DER in which devices
    and clouds give them.

    Raises:
        ValueError, OverflowError: it is none.
    """
    r, s = decode_dss_signature(der)
    return r.to_bytes(_SIDE) + s.to_bytes(_SIDE)


def _read(response: httpcore.Response, *, until: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_stream():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            raise _Failed("too_large")
        if time.monotonic() > until:
            raise _Failed("timeout")
    return bytes(body)


def _unavailable(failed: _Failed, **about: str) -> SignerUnavailable:
    log.error("signer_failed", reason=failed.reason, status=failed.status, **about)
    return SignerUnavailable()
