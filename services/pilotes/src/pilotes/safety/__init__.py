"""Harm to participants: incident reports, guardrails, and the pause they cause."""
