"""The error page."""
