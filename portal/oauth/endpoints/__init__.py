"""What programs call: token, userinfo, introspection, revocation, and the documents."""
