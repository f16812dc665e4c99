"""Several visitors at once."""

import pytest
from flask import Flask
from flask.testing import FlaskClient


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor whose requests leave no context behind: the next visitor's would share its `g`."""
    return app.test_client()


@pytest.fixture
def other(app: Flask) -> FlaskClient:
    """Another visitor, in another browser."""
    return app.test_client()
