"""The record of a pilot: description, protocol, evidence, gates, signed decisions."""
