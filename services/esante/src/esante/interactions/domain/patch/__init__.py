"""JSON Patch, JSON Merge Patch and FHIRPath Patch. https://hl7.org/fhir/R4/http.html#patch"""
