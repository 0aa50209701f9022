"""Rehearse months of three pilots in a few seconds, for the demonstration; refused in production.

People are simulated, and their behaviour follows from a seed. The record, the consents, the log and
the guardrails are those of the service, under a clock that the rehearsal sets
(`docs/decisions/0035`). Each pilot is a file of `flows/scenarios/`.
"""
