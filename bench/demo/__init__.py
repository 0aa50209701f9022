"""Benchmarks of the complete demo: its memory, and a soak of hours."""
