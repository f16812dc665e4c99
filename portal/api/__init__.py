"""What programs call with a token: REST below /api/v1, described at /api/openapi.json, and GraphQL at /graphql."""

from flask import Blueprint

from portal.api.graphql.blueprint import graphql
from portal.api.routes import rest

BLUEPRINTS: tuple[Blueprint, ...] = (rest, graphql)
