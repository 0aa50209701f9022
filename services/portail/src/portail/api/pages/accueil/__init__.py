"""The home page: search, disruptions, networks."""
