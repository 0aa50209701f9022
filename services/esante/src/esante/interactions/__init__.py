"""The FHIR RESTful API: read, create, update, patch, delete, history, batch, transaction.

https://hl7.org/fhir/R4/http.html
"""
