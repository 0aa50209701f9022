"""Search queries: parsed from a query string, validated, compiled to criteria on index entries.
https://hl7.org/fhir/R4/search.html"""
