"""Calculations of portail: without input or output, clock or log."""
