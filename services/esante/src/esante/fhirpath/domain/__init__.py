"""The FHIRPath engine. Its entry is `engine`."""
