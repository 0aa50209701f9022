"""FHIRPath: expressions over resources, for validation, search, patches and $fhirpath."""
