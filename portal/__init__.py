"""Portal: a self-hosted identity portal and OpenID provider."""
