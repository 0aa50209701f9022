"""The patient summary: the document that a doctor reads first. https://hl7.org/fhir/uv/ips/"""
