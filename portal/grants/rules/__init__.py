"""What the protocol says, as pure questions: scopes, claims, requests, and the life of a signing key."""
