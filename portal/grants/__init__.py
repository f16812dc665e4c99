"""What a user allowed a client and all that descends from it: codes, token families, refresh tokens,
claims, signing keys.
"""
