"""Opinions that anybody gives on a published pilot, and their moderation."""
