"""Attacks on closed records, and a reference of who sees what."""
