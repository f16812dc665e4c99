"""What an actor asks for: allow, redeem, rotate, revoke."""
