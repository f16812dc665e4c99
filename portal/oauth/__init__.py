"""The protocol: OAuth 2 and OpenID Connect. The only home of Authlib's server classes."""

from flask import Blueprint

from portal.oauth.routes import pages, protocol

BLUEPRINTS: tuple[Blueprint, ...] = (protocol, pages)
