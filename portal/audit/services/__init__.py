"""What several asks of the audit log share: keys of people, sealing, verifying."""

from portal.audit.services.person_keys import ensure_keys_of_strangers, has_keys_of_strangers

__all__ = ["ensure_keys_of_strangers", "has_keys_of_strangers"]
