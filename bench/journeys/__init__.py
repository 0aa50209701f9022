"""Benchmarks of journeys: searches, patches by real time, peers."""
