"""What an actor asks of `access`."""
