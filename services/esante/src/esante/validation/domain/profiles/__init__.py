"""Profiles: rules for resources that claim them, or that are validated against them."""
