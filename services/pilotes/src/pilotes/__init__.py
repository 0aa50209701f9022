"""Trials of new services with real people: their record, their people, their figures."""
