"""Trials of new services with real people: their record, participants and results."""
