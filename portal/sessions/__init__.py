"""Signing in and staying signed in: sessions, known devices, lockout, and the state of a sign-in that is
under way.
"""
