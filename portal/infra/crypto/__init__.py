"""The only home of hashes, keys and ciphers. Everything else asks for a purpose, never for an algorithm."""
