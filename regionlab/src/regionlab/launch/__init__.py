"""Starts the platform on one machine: PostgreSQL, a broker, every service, in order."""
