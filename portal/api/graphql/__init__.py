"""GraphQL at /graphql: the same people, permissions and scopes as REST, by one address.

The library is large, so nothing here loads it before somebody calls: the application knows `blueprint` and no more.
"""
