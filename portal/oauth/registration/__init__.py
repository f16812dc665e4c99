"""How apps come without an administrator typing them in: by RFC 7591, and as documents at their own addresses."""
