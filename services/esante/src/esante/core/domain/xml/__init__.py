"""FHIR's XML, converted from its JSON and into it."""
