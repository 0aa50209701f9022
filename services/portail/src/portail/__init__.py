"""Portail: HTML pages for travellers, rendered only from the public API."""
