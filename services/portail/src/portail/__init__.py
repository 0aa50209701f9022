"""Portail: the pages people read, made from the public API alone."""
