"""Dates and numbers as French readers expect them."""
