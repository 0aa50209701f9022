"""Months of three pilots rehearsed in a few seconds, for the demonstration; refused in production.

People are invented and their behaviour is drawn from a seed. The record, the consents, the log and
the guardrails are those of the service, under a clock that is moved by hand
(`docs/decisions/0035`). Each pilot is a file of `flows/scenarios/`.
"""
