"""The partitions of the table `resource`: frequent types have their own."""

from typing import Final

# As the migrations create them.
_FREQUENT: Final = (
    "AllergyIntolerance",
    "Appointment",
    "AuditEvent",
    "CarePlan",
    "CareTeam",
    "Claim",
    "Condition",
    "DiagnosticReport",
    "DocumentReference",
    "Encounter",
    "ExplanationOfBenefit",
    "Immunization",
    "Location",
    "MedicationRequest",
    "Observation",
    "Organization",
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Procedure",
    "Provenance",
)
_TABLES: Final = {name: f"resource_{name.lower()}" for name in _FREQUENT}
TABLES: Final = (*_TABLES.values(), "resource_other")


def partition_of(resource_type: str) -> str:
    """The partition that holds a type."""
    return _TABLES.get(resource_type, "resource_other")
