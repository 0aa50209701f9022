"""Questionnaires of a pilot: SUS, NPS, own questions, and their answers."""
