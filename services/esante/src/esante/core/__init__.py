"""What every FHIR interaction needs: resources, outcomes, Bundles, permissions, requests, views."""
