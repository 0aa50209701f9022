"""Shared by all FHIR interactions: resources, outcomes, Bundles, permissions, requests, views."""
