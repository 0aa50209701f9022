"""Valid resources, in which tests make mistakes."""

PATIENT = """{
  "resourceType": "Patient", "id": "p1",
  "text": {"status": "generated", "div": "<div xmlns=\\"http://www.w3.org/1999/xhtml\\">Ada</div>"},
  "contained": [{"resourceType": "Organization", "id": "o1", "name": "CHR"}],
  "extension": [{"url": "https://exemple.fr/taille", "valueDecimal": 1.70}],
  "identifier": [{"system": "https://exemple.fr/ipp", "value": "1"}],
  "name": [{"use": "official", "family": "Lovelace", "given": ["Ada"],
            "period": {"start": "2001-01-01", "end": "2020-02-29"}}],
  "telecom": [{"system": "phone", "value": "02 38 00 00 00"}],
  "gender": "female", "birthDate": "1980-02-29",
  "_birthDate": {"extension": [{"url": "https://exemple.fr/sur", "valueBoolean": true}]},
  "photo": [{"contentType": "image/png", "data": "AAAA"}],
  "contact": [{"name": {"family": "Byron"}}],
  "communication": [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "fr"}]}}],
  "generalPractitioner": [{"reference": "Practitioner/m1"}],
  "managingOrganization": {"reference": "#o1"},
  "link": [{"other": {"reference": "Patient/p2"}, "type": "seealso"}]
}"""
OBSERVATION = """{
  "resourceType": "Observation", "id": "o1", "meta": {"lastUpdated": "2026-01-01T08:00:00.000Z"},
  "status": "final",
  "code": {"coding": [{"system": "http://loinc.org", "code": "85354-9"}]},
  "subject": {"reference": "Patient/p1"},
  "effectiveDateTime": "2026-11-25T08:30:00+01:00",
  "issued": "2026-11-25T08:31:00.5Z",
  "performer": [{"reference": "Practitioner/m1"}],
  "referenceRange": [{"low": {"value": 1.0, "unit": "g"}, "high": {"value": 2.5, "unit": "g"}}],
  "component": [
    {"code": {"coding": [{"system": "http://loinc.org", "code": "8480-6"}]},
     "valueQuantity": {"value": 120, "unit": "mmHg", "system": "http://unitsofmeasure.org",
                       "code": "mm[Hg]"}}]
}"""
TIMING = """{
  "resourceType": "Bundle", "type": "collection", "entry": [{
    "fullUrl": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    "resource": {"resourceType": "ServiceRequest", "status": "active", "intent": "order",
      "subject": {"reference": "Patient/p1"}, "occurrenceTiming": {"repeat": {
        "offset": 5, "when": ["AC"], "boundsRange": {"low": {"value": 1}, "high": {"value": 2}}}},
      "quantityRatio": {"numerator": {"value": 1}, "denominator": {"value": 2}}}}]
}"""
QUESTIONNAIRE = """{
  "resourceType": "Questionnaire", "status": "active", "item": [
    {"linkId": "1", "type": "string", "enableBehavior": "any",
     "enableWhen": [{"question": "2", "operator": "exists", "answerBoolean": true}]},
    {"linkId": "2", "type": "choice", "answerOption": [{"valueString": "a"}]}]
}"""
