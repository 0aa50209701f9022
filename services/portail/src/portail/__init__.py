"""Portail."""
