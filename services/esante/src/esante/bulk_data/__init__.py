"""Bulk data: $export, in the background. https://hl7.org/fhir/uv/bulkdata/STU2/"""
