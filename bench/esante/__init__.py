"""Benchmarks of the FHIR server, compared with a plain PostgreSQL peer."""
