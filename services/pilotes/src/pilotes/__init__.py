"""Pilotes."""
