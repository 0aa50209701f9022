"""What pages display of FHIR resources: plain values read from their JSON."""
