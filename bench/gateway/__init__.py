"""Benchmarks of the gateway: forwarding, idle streams, the cost of measuring CPU time."""
