"""Benchmarks of the complete demo: its memory, and a soak test of several hours."""
