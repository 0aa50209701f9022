"""Validation of resources: structure, invariants, profiles, the national health identity (INS).

https://hl7.org/fhir/R4/validation.html
"""
