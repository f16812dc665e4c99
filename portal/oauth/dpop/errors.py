"""What a client hears whose proof is not what it should be."""

from authlib.oauth2 import OAuth2Error

NONCE_HEADER = "DPoP-Nonce"


class InvalidProofError(OAuth2Error):  # type: ignore[misc]
    """The proof is missing, malformed, for something else, or was used before (RFC 9449 section 5)."""

    error = "invalid_dpop_proof"


class NonceNeededError(OAuth2Error):  # type: ignore[misc]
    """The proof may be good, but could have been made long ago: here is a nonce for the next one (section 8)."""

    error = "use_dpop_nonce"

    def __init__(self, nonce: str) -> None:
        super().__init__(description="Make the DPoP proof with the nonce of the DPoP-Nonce header.")
        self.nonce = nonce

    def get_headers(self) -> list[tuple[str, str]]:
        return [*super().get_headers(), (NONCE_HEADER, self.nonce)]
