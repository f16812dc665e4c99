"""What the HTTP doors share: context, guards, forms, problems, pages, security, signing in, observation."""
