"""The paths of the search parameters of the population, from the pages of the standard:
https://hl7.org/fhir/R4/observation.html#search and others.
"""

GENDERS = "http://hl7.org/fhir/administrative-gender"

# type → parameter → (kind, paths, targets)
PARAMETERS: dict[str, dict[str, tuple[str, str, str]]] = {
    "Patient": {
        "name": ("string", "name.family name.given", ""),
        "family": ("string", "name.family", ""),
        "given": ("string", "name.given", ""),
        "address-city": ("string", "address.city", ""),
        "gender": ("token", f"gender={GENDERS}", ""),
        "active": ("token", "active", ""),
        "identifier": ("token", "identifier", ""),
        "birthdate": ("date", "birthDate", ""),
        "general-practitioner": (
            "reference",
            "generalPractitioner",
            "Practitioner Organization PractitionerRole",
        ),
        "organization": ("reference", "managingOrganization", "Organization"),
    },
    "Practitioner": {
        "name": ("string", "name.family name.given", ""),
        "identifier": ("token", "identifier", ""),
    },
    "Organization": {
        "identifier": ("token", "identifier", ""),
        "name": ("string", "name", ""),
        "partof": ("reference", "partOf", "Organization"),
    },
    "Encounter": {
        "status": ("token", "status=http://hl7.org/fhir/encounter-status", ""),
        "class": ("token", "class", ""),
        "date": ("date", "period", ""),
        "subject": ("reference", "subject", "Patient Group"),
        "patient": ("reference", "subject", "Patient"),
        "service-provider": ("reference", "serviceProvider", "Organization"),
    },
    "Observation": {
        "code": ("token", "code", ""),
        "combo-code": ("token", "code component.code", ""),
        "category": ("token", "category", ""),
        "status": ("token", "status=http://hl7.org/fhir/observation-status", ""),
        "date": ("date", "effectiveDateTime effectivePeriod", ""),
        "value-date": ("date", "valueDateTime", ""),
        "value-string": ("string", "valueString valueCodeableConcept.text", ""),
        "value-concept": ("token", "valueCodeableConcept", ""),
        "value-quantity": ("quantity", "valueQuantity", ""),
        "component-value-quantity": ("quantity", "component.valueQuantity", ""),
        "subject": ("reference", "subject", "Patient Group Device Location"),
        "patient": ("reference", "subject", "Patient"),
        "encounter": ("reference", "encounter", "Encounter"),
        "performer": (
            "reference",
            "performer",
            "Practitioner PractitionerRole Organization CareTeam Patient RelatedPerson",
        ),
    },
    "Condition": {
        "code": ("token", "code", ""),
        "onset-date": ("date", "onsetDateTime", ""),
        "recorded-date": ("date", "recordedDate", ""),
        "subject": ("reference", "subject", "Patient Group"),
        "patient": ("reference", "subject", "Patient"),
        "encounter": ("reference", "encounter", "Encounter"),
    },
    "RiskAssessment": {
        "probability": ("number", "prediction.probabilityDecimal", ""),
        "subject": ("reference", "subject", "Patient Group"),
    },
    "ValueSet": {
        "url": ("uri", "url", ""),
        "name": ("string", "name", ""),
        "status": ("token", "status=http://hl7.org/fhir/publication-status", ""),
    },
    "List": {"item": ("reference", "entry.item", "*")},
    "Provenance": {
        "target": ("reference", "target", "*"),
        "recorded": ("date", "recorded", ""),
        "agent": (
            "reference",
            "agent.who",
            "Practitioner PractitionerRole RelatedPerson Patient Device Organization",
        ),
    },
}
COMMON = {
    "_tag": ("token", "meta.tag", ""),
    "_security": ("token", "meta.security", ""),
    "_profile": ("uri", "meta.profile", ""),
}
# composite → (elements, code parameter's paths in it, value parameter's paths, kind)
COMPOSITES = {
    "code-value-quantity": ("", "code", "valueQuantity", "quantity"),
    "code-value-concept": ("", "code", "valueCodeableConcept", "token"),
    "code-value-string": ("", "code", "valueString", "string"),
    "component-code-value-quantity": ("component", "code", "valueQuantity", "quantity"),
    "combo-code-value-quantity": (". component", "code", "valueQuantity", "quantity"),
}
