"""The authorization endpoint: a client's request, the person who answers it, and the way back."""
