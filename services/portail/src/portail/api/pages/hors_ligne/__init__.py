"""The page without a connection."""
