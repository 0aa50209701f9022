"""A synthetic population cared for at home: seeded, French, as FHIR R4 resources."""
