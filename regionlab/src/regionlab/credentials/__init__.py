"""Keys and secrets that the launcher and its commands create."""
