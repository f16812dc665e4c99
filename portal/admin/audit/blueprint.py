"""Where the pages of the audit log hang."""

from flask import Blueprint

audit = Blueprint("admin_audit", __name__)
