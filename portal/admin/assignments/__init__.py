"""What one person holds: roles with their path, end and reason; groups; and what operators note of the person."""

from portal.admin.assignments import attributes, holding, terms  # noqa: F401 - each hangs its pages in
from portal.admin.assignments.blueprint import assignments

__all__ = ["assignments"]
