"""The first page: search, disruptions, networks."""
