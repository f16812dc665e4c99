"""People: names, addresses, credentials, profile, recovery."""
