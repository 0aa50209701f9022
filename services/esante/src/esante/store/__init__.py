"""Resources, versions and index rows in PostgreSQL."""
