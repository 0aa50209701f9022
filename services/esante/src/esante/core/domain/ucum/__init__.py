"""UCUM, the units of measures of FHIR. https://ucum.org/ucum"""
