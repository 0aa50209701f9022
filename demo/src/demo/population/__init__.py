"""A synthetic population that is cared for at home: seeded, French, written as FHIR R4 resources."""
