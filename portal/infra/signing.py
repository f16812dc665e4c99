"""Who signs for a portal, as its settings want it."""

from portal.infra.crypto.sealing import Sealer
from portal.infra.crypto.signers import DatabaseSigner, Signers
from portal.infra.outgoing import trust_of
from portal.infra.settings import Settings


def signers_of(settings: Settings, sealer: Sealer) -> Signers:
    """The database, and beside it the signer outside where there is one; neither is asked anything yet."""
    outside = None
    if settings.key_signer is not None:
        from portal.infra.crypto.remote_signer import RemoteSigner  # noqa: PLC0415 - few portals have one

        outside = RemoteSigner(
            settings.key_signer,
            token=settings.key_signer_token,
            seconds=settings.key_signer_seconds,
            tls=trust_of(settings),
        )
    return Signers(DatabaseSigner(sealer), outside)
