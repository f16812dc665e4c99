"""Tokens that other providers took: the ids of what happened stand in SECURITY.md C-4."""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Iterator
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwe, jwt
from joserfc.errors import SecurityWarning
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from tests.oauth.steps import part_of, payload_of

KINDS: dict[str, type[RSAKey | ECKey | OKPKey]] = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}

ENCRYPTIONS = ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5", "dir", "A256GCM", "A128GCM", "PBES2-HS256+A128KW", "DEF"]
_ANY_ENCRYPTION = JWERegistry(algorithms=ENCRYPTIONS, strict_check_header=False)


def forgeries(genuine: str, jwks: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Names and texts of forged variants of a genuine token."""
    header, claims = part_of(genuine, 0), payload_of(genuine)
    yield from _unsigned(header, claims)
    yield from _signed_by_the_public_key(header, claims, jwks)
    yield from _signed_by_a_key_of_the_forgers(header, claims)
    yield from _wrapped(genuine, claims, jwks)
    yield from _broken(genuine, header)


def _unsigned(header: dict[str, Any], claims: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for alg in ("none", "None", "nOnE", "NONE", ""):
        text = _encoded({**header, "alg": alg}, claims)
        yield f"alg {alg!r} without a signature", f"{text}."
        yield f"alg {alg!r} with some signature", f"{text}.AAAA"


def _signed_by_the_public_key(
    header: dict[str, Any], claims: dict[str, Any], jwks: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """What is public is no secret (CVE-2024-37568 and its many siblings)."""
    for jwk in jwks["keys"]:
        raw = KINDS[jwk["kty"]].import_key(jwk).public_key
        secrets = {
            "PEM": raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "DER": raw.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            "JWK": json.dumps(jwk).encode(),
            "number": (jwk.get("n") or jwk["x"]).encode(),
        }
        for form, secret in secrets.items():
            for alg, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
                text = _encoded({**header, "alg": alg, "kid": jwk["kid"]}, claims)
                signature = hmac.new(secret, text.encode(), digest).digest()
                yield f"{alg} with the public {jwk['kty']} key as {form}", f"{text}.{_base64url(signature)}"


def _signed_by_a_key_of_the_forgers(
    header: dict[str, Any], claims: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    rsa, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
    for own in (rsa, ec):
        alg = "RS256" if own is rsa else "ES256"
        public = own.as_dict(private=False)
        yield f"another {alg} key under our kid", _sign({**header, "alg": alg}, claims, own, alg)
        embedded = {**header, "alg": alg, "jwk": public}
        yield f"embedded {alg} jwk", _sign(embedded, claims, own, alg)
        for name in ("jku", "x5u"):
            pointing = {**header, "alg": alg, name: "https://evil.example/keys"}
            yield f"{name} of another {alg} key", _sign(pointing, claims, own, alg)
        for kid in ("", "../../etc/passwd", "' OR 1=1 --", "x" * 5000, "0"):
            yield f"{alg} under kid {kid[:12]!r}", _sign({**header, "alg": alg, "kid": kid}, claims, own, alg)
        yield f"{alg} without kid", _sign({"alg": alg, "typ": header["typ"]}, claims, own, alg)
    secret = OctKey.generate_key(256)
    yield "HS256 with some secret", _sign({**header, "alg": "HS256"}, claims, secret, "HS256")


def _wrapped(genuine: str, claims: dict[str, Any], jwks: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Whoever can encrypt to us has proved nothing (CVE-2026-29000), and may cost us nothing (CVE-2023-6681)."""
    bare = next(({name: jwk[name] for name in ("kty", "n", "e")} for jwk in jwks["keys"] if "n" in jwk), None)
    public = RSAKey.import_key(bare) if bare else None
    secret, password = OctKey.generate_key(256), OctKey.import_key("some long password")
    plain = json.dumps(claims).encode()
    for name, inside in (
        ("plain claims", plain),
        ("unsigned", b"eyJhbGciOiJub25lIn0.e30."),
        ("it", genuine.encode()),
    ):
        if public is not None:
            for alg in ("RSA-OAEP", "RSA-OAEP-256", "RSA1_5"):
                header = {"alg": alg, "enc": "A256GCM", "cty": "JWT", "typ": "JWT"}
                yield f"{name} encrypted with {alg}", _encrypted(header, inside, public)
        yield f"{name} encrypted with dir", _encrypted({"alg": "dir", "enc": "A256GCM"}, inside, secret)
    deflated = {"alg": "dir", "enc": "A256GCM", "zip": "DEF"}
    yield "a bomb", _encrypted(deflated, b" " * 10_000_000 + plain, secret)
    derived = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM"}
    head, *rest = _encrypted(derived, plain, password).split(".")
    costly = {**part_of(f"{head}.", 0), "p2c": 2_000_000_000}
    yield "a password with two milliards of rounds", ".".join([_part(costly), *rest])


def _encrypted(header: dict[str, Any], inside: bytes, key: RSAKey | OctKey) -> str:
    with warnings.catch_warnings(action="ignore", category=SecurityWarning):
        return jwe.encrypt_compact(header, inside, key, registry=_ANY_ENCRYPTION)


def _broken(genuine: str, header: dict[str, Any]) -> Iterator[tuple[str, str]]:
    head, body, signature = genuine.split(".")
    for crit in (["bork"], ["b64"], ["exp"], []):
        yield f"crit {crit}", f"{_part({**header, 'crit': crit, 'bork': 1, 'b64': False})}.{body}.{signature}"
    raised = {**payload_of(genuine), "sub": "00000000-0000-0000-0000-000000000000"}
    yield "other claims under the signature", f"{head}.{_part(raised)}.{signature}"
    yield "no signature", f"{head}.{body}."
    yield "cut signature", f"{head}.{body}.{signature[:-2]}"
    yield "two parts", f"{head}.{body}"
    yield "five parts", f"{head}.{body}.{signature}.x.y"
    yield "many dots", "." * 10_000
    yield "padding", f"{head}=.{body}=.{signature}="
    yield "a megabyte", f"{head}.{'A' * 1_000_000}.{signature}"
    yield "no JSON", f"{_base64url(b'{')}.{body}.{signature}"
    yield "a list for a header", f"{_base64url(b'[]')}.{body}.{signature}"
    yield "deep JSON", f"{_base64url(b'[' * 3000)}.{body}.{signature}"


def _sign(header: dict[str, Any], claims: dict[str, Any], key: RSAKey | ECKey | OctKey, alg: str) -> str:
    return jwt.encode(header, claims, key, [alg])


def _encoded(header: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_part(header)}.{_part(claims)}"


def _part(document: dict[str, Any]) -> str:
    return _base64url(json.dumps(document).encode())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
