"""FHIR search: indexing, queries, their SQL, pages. https://hl7.org/fhir/R4/search.html"""
