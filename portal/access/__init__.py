"""Roles, resources, permissions, assignments, and the one resolver that decides who may do what."""
