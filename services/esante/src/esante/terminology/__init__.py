"""Code systems and value sets: those of R4 and those stored as resources.

https://hl7.org/fhir/R4/terminology-service.html
"""
