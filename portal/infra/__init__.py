"""What any program needs and that knows nothing of identity."""
