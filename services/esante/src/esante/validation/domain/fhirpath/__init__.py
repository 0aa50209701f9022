"""FHIRPath for the invariants of R4 and of profiles: a subset of it, whose work is bounded."""
