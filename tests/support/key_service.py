"""A signer outside the portal, as small as it can be: real keys, a real server, and ways to misbehave.

It speaks the protocol of docs/keys.md on a Unix socket or by TLS, and gives ECDSA signatures in DER as devices do.
"""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, OKPKey, RSAKey

TOKEN = "a token that the signer knows"
Mood = Literal["good", "away", "hanging", "dripping", "wrong", "raw", "no json", "huge"]
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass
class KeyService:
    """The keys, and what it is in the mood for."""

    address: str = ""
    mood: Mood = "good"
    keys: dict[str, tuple[str, Private]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    def make(self, algorithm: str) -> str:
        name = f"projects/portal/keys/{len(self.keys) + 1}"
        made: Private
        match algorithm:
            case "ES256":
                made = ec.generate_private_key(ec.SECP256R1())
            case "EdDSA":
                made = ed25519.Ed25519PrivateKey.generate()
            case _:
                made = rsa.generate_private_key(65537, 2048)
        self.keys[name] = (algorithm, made)
        return name

    def answer(self, act: str, body: dict[str, str]) -> dict[str, Any]:
        if act == "keys":
            name = self.make(body["algorithm"])
            return {"key_ref": name, "public_jwk": self._public(name)}
        if act == "public-key":
            return {"public_jwk": self._public(body["key_ref"])}
        return {"signature": base64.b64encode(self._signed(body)).decode()}

    def _public(self, name: str) -> dict[str, Any]:
        match self.keys[name][1]:
            case rsa.RSAPrivateKey() as private:
                return dict(RSAKey(private, private).as_dict(private=False))
            case ec.EllipticCurvePrivateKey() as private:
                return dict(ECKey(private, private).as_dict(private=False))
            case private:
                return dict(OKPKey(private, private).as_dict(private=False))

    def _signed(self, body: dict[str, str]) -> bytes:
        algorithm, private = self.keys[body["key_ref"]]
        if self.mood == "wrong":
            private = self.keys[self.make(algorithm)][1]
        digest = base64.b64decode(body.get("digest", ""))
        hashed = utils.Prehashed(SHA256())
        match private:
            case ed25519.Ed25519PrivateKey():
                return private.sign(base64.b64decode(body["message"]))
            case ec.EllipticCurvePrivateKey():
                der = private.sign(digest, ec.ECDSA(hashed))
                if self.mood != "raw":
                    return der
                return b"".join(number.to_bytes(32) for number in utils.decode_dss_signature(der))
            case _ if body["algorithm"] == "PS256":
                return private.sign(digest, padding.PSS(padding.MGF1(SHA256()), 32), hashed)
            case _:
                return private.sign(digest, padding.PKCS1v15(), hashed)


class _UnixServer(ThreadingMixIn, UnixStreamServer):
    """HTTP on a socket file."""

    daemon_threads = True
    request_queue_size = 32


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 10
    service: KeyService

    def do_POST(self) -> None:
        act = self.path.rsplit("/", 1)[-1]
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.service.asked.append(act)
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self._say(401, b"{}")
            return
        match self.service.mood:
            case "away":
                self._say(503, b"{}")
            case "hanging":
                self.service.let_go.wait(10)
                self.close_connection = True
            case "dripping":
                self._drip()
            case "no json":
                self._say(200, b"<html>")
            case "huge":
                self._say(200, b'{"signature": "' + b"A" * 100_000 + b'"}')
            case _:
                self._say(200, json.dumps(self.service.answer(act, body)).encode())

    def _say(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):  # the other side has had enough
            while not self.service.let_go.wait(0.05):
                self.wfile.write(b" ")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the library's
        """Silence."""


@contextmanager
def key_service(folder: Path, *, tls: ssl.SSLContext | None = None) -> Iterator[KeyService]:
    """One that listens until the end of the block: on a socket in the folder, or on a port with a certificate."""
    service = KeyService()
    handler = type("Handler", (_Handler,), {"service": service})
    server: UnixStreamServer | ThreadingHTTPServer
    if tls is None:
        server = _UnixServer(str(folder / "signer.sock"), handler)
        service.address = f"unix:{folder / 'signer.sock'}"
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        service.address = f"https://localhost:{server.server_address[1]}/vault"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()
