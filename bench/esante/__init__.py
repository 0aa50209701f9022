"""Benchmarks of the FHIR server, beside a plain PostgreSQL peer."""
