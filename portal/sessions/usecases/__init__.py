"""What an actor asks of `sessions`."""
