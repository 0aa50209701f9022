"""FHIRPath for the invariants of profiles: a subset whose work is bounded, whoever wrote them."""
