"""Pages for people: signing up and in, recovery, and their own account."""

from flask import Blueprint

from portal.web import (
    access,
    access_requests,
    account,
    connections,
    email,
    home,
    login,
    logout,
    profile,
    recover,
    security,
    sessions,
    setup,
    signup,
    theme,
    tokens,
    verify,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    home.home,
    setup.setup,
    signup.signup,
    verify.verify,
    login.login,
    logout.logout,
    recover.recover,
    account.account,
    access.access,
    access_requests.access_requests,
)

ROOMS = (profile, email, security, sessions, connections, tokens, theme)
"""Modules whose routes hang on `account`."""
