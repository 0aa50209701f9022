"""Valid resources of the FrCore profiles."""

import json
from typing import Any

CORE = "https://hl7.fr/ig/fhir/core/StructureDefinition/"
V2 = "http://terminology.hl7.org/CodeSystem/v2-0203"
FR = "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"
NOS = "https://mos.esante.gouv.fr/NOS/"

INS_PATIENT = json.loads("""{
  "resourceType": "Patient", "id": "ins",
  "meta": {"profile": ["https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-ins"]},
  "extension": [
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-reliability",
     "extension": [
       {"url": "identityStatus", "valueCoding": {
         "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0445", "code": "VALI"}},
       {"url": "validationMode", "valueCoding": {
         "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-mode-validation-identity",
         "code": "CN"}}]},
    {"url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
     "valueAddress": {"city": "Orléans", "extension": [
       {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
        "valueCoding": {
          "system": "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM",
          "code": "45234"}}]}}],
  "identifier": [
    {"use": "official", "system": "urn:oid:1.2.250.1.213.1.4.8", "value": "280024523400195",
     "type": {"coding": [
       {"code": "INS-NIR",
        "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203"}]}},
    {"use": "usual", "system": "https://chr.exemple.fr/ipp", "value": "45-1",
     "type": {"coding": [
       {"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]}}],
  "name": [
    {"use": "official", "family": "MARTIN", "given": ["Claire"], "extension": [
      {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name",
       "valueString": "Claire Anne"}]},
    {"use": "usual", "family": "DURAND"}],
  "telecom": [{"system": "email", "value": "claire@mssante.exemple.fr", "extension": [
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-contact-point-email-type",
     "valueCoding": {
       "system": "https://mos.esante.gouv.fr/NOS/TRE_R256-TypeMessagerie/FHIR/TRE-R256-TypeMessagerie",
       "code": "MSSANTE"}}]}],
  "gender": "female", "birthDate": "1980-02-14",
  "managingOrganization": {"reference": "Organization/chr"}
}""")  # fmt: skip

PRACTITIONER = json.loads("""{
  "resourceType": "Practitioner", "id": "m1",
  "identifier": [
    {"system": "urn:oid:1.2.250.1.71.4.2.1", "value": "810001234567", "type": {"coding": [
      {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "IDNPS"}]}},
    {"system": "https://rpps.esante.gouv.fr", "value": "10001234567", "type": {"coding": [
      {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "RPPS"}]}}],
  "name": [{"family": "PETIT", "given": ["Inès"], "prefix": ["MME"], "suffix": ["DR"]}],
  "qualification": [
    {"code": {"coding": [
      {"system": "https://mos.esante.gouv.fr/NOS/TRE_R14-TypeDiplome/FHIR/TRE-R14-TypeDiplome",
       "code": "DE"},
      {"system": "https://mos.esante.gouv.fr/NOS/TRE_R48-DiplomeEtatFrancais/FHIR/TRE-R48-DiplomeEtatFrancais",
       "code": "DE09"}]}},
    {"code": {"coding": [
      {"system": "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
       "code": "10"}]}}]
}""")  # fmt: skip

ORGANIZATION = json.loads("""{
  "resourceType": "Organization", "id": "chr", "name": "CHR d'Orléans",
  "extension": [
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-organization-short-name",
     "valueString": "CHR"}],
  "identifier": [
    {"use": "official", "system": "urn:oid:1.2.250.1.71.4.2.2", "value": "1450000088",
     "type": {"coding": [
       {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "IDNST"}]}},
    {"system": "https://finess.esante.gouv.fr", "value": "450000088", "type": {"coding": [
      {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "FINEJ"}]}},
    {"system": "https://sirene.fr", "value": "26450009200015", "type": {"coding": [
      {"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "SIRET"}]}}],
  "type": [
    {"coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-3307",
                 "code": "LEGAL-ENTITY"}]},
    {"coding": [
      {"system": "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite",
       "code": "SA01"}]}]
}""")  # fmt: skip

RELATED_PERSON = json.loads("""{
  "resourceType": "RelatedPerson", "id": "r1",
  "identifier": [{"system": "https://chr.exemple.fr/proche", "value": "1"}],
  "patient": {"reference": "Patient/ins"},
  "relationship": [{"coding": [
    {"system": "https://mos.esante.gouv.fr/NOS/TRE_R216-HL7RoleCode/FHIR/TRE-R216-HL7RoleCode",
     "code": "HUSB"}]}],
  "telecom": [{"system": "phone", "value": "06 00 00 00 00"}]
}""")

APPOINTMENT = json.loads("""{
  "resourceType": "Appointment", "id": "a1", "status": "booked",
  "extension": [
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-appointment-operator",
     "valueReference": {"reference": "Practitioner/m1"}}],
  "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T09:15:00+01:00",
  "slot": [{"reference": "Slot/s1"}],
  "participant": [{"actor": {"reference": "Patient/ins"}, "status": "accepted"}]
}""")

SCHEDULE = json.loads("""{
  "resourceType": "Schedule", "id": "v1", "actor": [{"reference": "Practitioner/m1"}],
  "extension": [
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-service-type-duration",
     "extension": [
       {"url": "serviceType", "valueCodeableConcept": {"text": "Consultation"}},
       {"url": "duration", "valueDuration": {
         "value": 15, "system": "http://unitsofmeasure.org", "code": "min"}}]},
    {"url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-schedule-availability-time",
     "extension": [
       {"url": "type", "valueCoding": {
         "system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-schedule-type",
         "code": "free"}},
       {"url": "rrule", "extension": [
         {"url": "freq", "valueCoding": {
           "system": "https://www.ietf.org/rfc/rfc2445", "code": "WEEKLY"}},
         {"url": "byDay", "valueString": "MO"}]},
       {"url": "start", "valueDateTime": "2026-12-01T09:00:00+01:00"},
       {"url": "end", "valueDateTime": "2026-12-01T12:00:00+01:00"},
       {"url": "identifier", "valueIdentifier": {"value": "1"}}]}]
}""")

SLOT = json.loads("""{
  "resourceType": "Slot", "id": "s1", "status": "free", "schedule": {"reference": "Schedule/v1"},
  "start": "2026-12-01T09:00:00+01:00", "end": "2026-12-01T09:15:00+01:00"
}""")


def again(resource: dict[str, Any]) -> Any:
    """A copy of its own, to make mistakes in."""
    return json.loads(json.dumps(resource))
