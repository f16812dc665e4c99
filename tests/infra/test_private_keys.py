"""Keys that operators bring: every usual form is read, everything else is refused in words that hold nothing of it."""

import base64
import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc.jwk import ECKey, OKPKey, RSAKey

from portal.infra.crypto.jose import load_private_key, load_public_key, sign, verify
from portal.infra.crypto.private_keys import MAX_CHARACTERS, REASONS, ImportRefused, read_private_key

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()
OTHER = ec.generate_private_key(ec.SECP256R1())
PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
ENCRYPTION = BestAvailableEncryption(b"a password")


def pem(
    key: "rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey",
    form: PrivateFormat = PrivateFormat.PKCS8,
) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


def jwk(key: "RSAKey | ECKey | OKPKey", **further: object) -> str:
    return json.dumps({**key.as_dict(private=True), **further})


@pytest.mark.parametrize(
    ("text", "algorithm"),
    [
        (pem(RSA), "RS256"),
        (pem(RSA, PrivateFormat.TraditionalOpenSSL), "RS256"),
        (pem(P256), "ES256"),
        (pem(P256, PrivateFormat.TraditionalOpenSSL), "ES256"),
        (PARAMETERS + pem(P256, PrivateFormat.TraditionalOpenSSL), "ES256"),
        (f"\n  {pem(ED25519)}\n", "EdDSA"),
        (pem(ED25519).replace("\n", "\r\n"), "EdDSA"),
        (jwk(RSAKey(RSA, RSA)), "RS256"),
        (jwk(RSAKey(RSA, RSA), alg="PS256"), "PS256"),
        (jwk(ECKey(P256, P256), use="sig", key_ops=["sign"]), "ES256"),
        (jwk(OKPKey(ED25519, ED25519)), "EdDSA"),
        (json.dumps({"keys": [json.loads(jwk(ECKey(P256, P256)))]}), "ES256"),
    ],
    ids=["pkcs8", "pkcs1", "pkcs8-ec", "sec1", "openssl-ec", "pkcs8-ed", "crlf", "jwk-rsa", "jwk-pss", "jwk-ec",
         "jwk-ed", "jwks"],
)  # fmt: skip
def test_a_key_of_any_usual_form_signs_what_its_published_half_verifies(text: str, algorithm: str) -> None:
    key = read_private_key(text)
    assert key.algorithm == algorithm
    private = load_private_key(key.private_der, kid=key.kid)
    token = sign({"sub": "rosa"}, private, kid=key.kid, algorithm=key.algorithm, typ="JWT")
    public = load_public_key(key.public_jwk)
    assert verify(token, typ="JWT", find_key=lambda _kid: (public, key.algorithm)) == {"sub": "rosa"}
    assert not {"d", "p", "q", "dp", "dq", "qi", "key_ops"} & set(key.public_jwk)
    assert key.private_der.hex() not in repr(key)


def test_a_key_is_called_what_its_owner_wants_or_what_it_says_or_by_its_thumbprint() -> None:
    said = jwk(ECKey(P256, P256), kid="of-old")
    assert read_private_key(said).kid == "of-old"
    assert read_private_key(said, kid="of-new").kid == "of-new"
    assert read_private_key(pem(P256)).kid == ECKey(P256, P256).thumbprint()
    assert read_private_key(pem(RSA), algorithm="PS256").algorithm == "PS256"


def _public() -> str:
    return P256.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _with_another_half() -> str:
    ours, theirs = json.loads(jwk(ECKey(P256, P256))), json.loads(jwk(ECKey(OTHER, OTHER)))
    return json.dumps(ours | {"x": theirs["x"], "y": theirs["y"]})


def _with_another_modulus() -> str:
    said = json.loads(jwk(RSAKey(RSA, RSA)))
    other = rsa.generate_private_key(65537, 2048)
    return json.dumps(said | {"n": json.loads(jwk(RSAKey(other, other)))["n"]})


def _encrypted(form: PrivateFormat) -> str:
    return P256.private_bytes(Encoding.PEM, form, ENCRYPTION).decode()


WRONG: dict[str, tuple[Callable[[], str], set[str]]] = {
    "nothing like it": (lambda: "my key", {"form"}),
    "other PEM": (lambda: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----", {"form"}),
    "too long": (lambda: pem(P256) + "\n" * MAX_CHARACTERS, {"too_long"}),
    "two keys": (lambda: pem(P256) + pem(ED25519), {"several"}),
    "two in a set": (lambda: json.dumps({"keys": [{}, {}]}), {"several"}),
    "encrypted": (lambda: _encrypted(PrivateFormat.PKCS8), {"encrypted"}),
    "encrypted as of old": (lambda: _encrypted(PrivateFormat.TraditionalOpenSSL), {"encrypted"}),
    "public": (_public, {"public"}),
    "public JWK": (lambda: json.dumps(ECKey(P256, P256).as_dict(private=False)), {"public"}),
    "damaged": (lambda: pem(RSA).replace("MII", "AAA", 1), {"broken"}),
    "short RSA": (lambda: pem(rsa.generate_private_key(65537, 1024)), {"size"}),  # noqa: S505 - as the portal says
    "P-384": (lambda: pem(ec.generate_private_key(ec.SECP384R1())), {"kind"}),
    "X25519": (
        lambda: x25519.X25519PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        {"kind"},
    ),
    "Ed448": (
        lambda: ed448.Ed448PrivateKey.generate()
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        {"kind"},
    ),
    "shared secret": (lambda: json.dumps({"kty": "oct", "k": "AAAA"}), {"kind"}),
    "kty of no type": (lambda: json.dumps({"kty": ["RSA"], "d": "AAAA"}), {"kind"}),
    "another curve": (lambda: json.dumps({"kty": "EC", "crv": "P-9", "x": "AA", "y": "AA", "d": "AA"}), {"broken"}),
    "numbers of no type": (lambda: json.dumps({"kty": "RSA", "n": 7, "e": [], "d": None}), {"broken"}),
    "another public half": (_with_another_half, {"halves", "broken"}),
    "another modulus": (_with_another_modulus, {"halves", "broken"}),
    "for encryption": (lambda: jwk(ECKey(P256, P256), use="enc"), {"use"}),
    "for verifying only": (lambda: jwk(ECKey(P256, P256), key_ops=["verify"]), {"use"}),
    "another algorithm": (lambda: jwk(ECKey(P256, P256), alg="ES384"), {"algorithm"}),
    "a name that is no name": (lambda: jwk(ECKey(P256, P256), kid="two words"), {"kid"}),
    "a name of no type": (lambda: jwk(ECKey(P256, P256), kid=["a"]), {"kid"}),
    "a member twice": (lambda: '{"kty": "EC", "kty": "RSA"}', {"form"}),
    "deep": (lambda: '{"a":' * 3000, {"form"}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_key_for_signing_is_refused_without_a_word_of_it(name: str) -> None:
    make, reasons = WRONG[name]
    text = make()
    with pytest.raises(ImportRefused) as refused:
        read_private_key(text)
    assert refused.value.reason in reasons
    assert str(refused.value) == REASONS[refused.value.reason]
    assert refused.value.__cause__ is None


def test_no_reason_quotes_base64() -> None:
    der = base64.b64encode(P256.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
    assert [reason for reason in REASONS.values() if der[:12] in reason] == []
