"""What an actor asks of `accounts`."""
