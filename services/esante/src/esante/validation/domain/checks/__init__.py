"""Checks of R4 that are neither structure nor invariants, by data type and resource type."""
