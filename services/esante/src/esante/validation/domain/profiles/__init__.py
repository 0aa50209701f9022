"""Profiles: rules that a resource follows when it says so, or when it is asked to."""
