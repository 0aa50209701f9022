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
_PARTITION_BY_TYPE: Final = {name: f"resource_{name.lower()}" for name in _FREQUENT}
PARTITIONS: Final = (*_PARTITION_BY_TYPE.values(), "resource_other")


def partition_of(resource_type: str) -> str:
    """The name of the partition with the resources of a type."""
    return _PARTITION_BY_TYPE.get(resource_type, "resource_other")
