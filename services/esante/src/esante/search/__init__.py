"""FHIR search: indexing of resources, queries, their SQL, pages. https://hl7.org/fhir/R4/search.html"""
