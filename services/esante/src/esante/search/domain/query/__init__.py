"""FHIR search, from a query string to tests on what is indexed, checked on the way.
https://hl7.org/fhir/R4/search.html"""
