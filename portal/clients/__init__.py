"""Relying applications and what is known of them (RFC 7591 metadata)."""
