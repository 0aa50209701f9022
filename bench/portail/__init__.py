"""Benchmarks of the pages: what they cost a phone."""
