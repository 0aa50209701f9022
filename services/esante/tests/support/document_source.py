"""What a Document Source of IHE MHD sends (ITI-65), as its specification and its examples have it.
https://profiles.ihe.net/ITI/MHD/ITI-65.html"""

import base64
import hashlib
from typing import Any

from fhir_bundles import bundle, entry

MHD = "https://profiles.ihe.net/ITI/MHD"
LIST_TYPES = f"{MHD}/CodeSystem/MHDlistTypes"
FORMATS = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
SET, DOCUMENT, CONTENT = (
    f"urn:uuid:aaaaaaaa-bbbb-cccc-dddd-e0033330000{number}" for number in (1, 2, 3)
)
TEXT = b"Hello World"
INES = "urn:oid:1.2.250.1.213.1.4.10"


def patient(name: str) -> Any:
    return {"resourceType": "Patient", "id": name, "identifier": [{"system": INES, "value": name}]}


def submission_set(subject: str) -> Any:
    return {
        "resourceType": "List",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Comprehensive.SubmissionSet"]},
        "extension": [
            {
                "url": f"{MHD}/StructureDefinition/ihe-designationType",
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "225728007"}]
                },
            },
            {
                "url": f"{MHD}/StructureDefinition/ihe-sourceId",
                "valueIdentifier": {"value": "urn:oid:1.2.3.4"},
            },
        ],
        "identifier": [{"use": "official", "system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2"}],
        "status": "current",
        "mode": "working",
        "code": {"coding": [{"system": LIST_TYPES, "code": "submissionset"}]},
        "date": "2026-10-25T23:50:50+02:00",
        "subject": {"reference": subject},
        "source": {"reference": "Practitioner/leroy"},
        "entry": [{"item": {"reference": DOCUMENT}}],
    }


def document(subject: str, content: bytes, **members: Any) -> Any:
    """Comprehensive metadata. The hash has the form of MHD's examples: base64 of hexadecimal."""
    digest = hashlib.sha1(content).hexdigest().encode()
    attachment = {
        "contentType": "text/plain",
        "url": CONTENT,
        "size": len(content),
        "hash": base64.b64encode(digest).decode(),
        "creation": "2026-02-01T23:50:50+01:00",
    }
    made = {
        "resourceType": "DocumentReference",
        "meta": {"profile": [f"{MHD}/StructureDefinition/IHE.MHD.Comprehensive.DocumentReference"]},
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2.840.1"},
        "status": "current",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11502-2"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "26436-6"}]}],
        "subject": {"reference": subject},
        "date": "2026-02-02T08:00:00Z",
        "author": [{"reference": "Practitioner/leroy"}],
        "securityLabel": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                        "code": "N",
                    }
                ]
            }
        ],
        "content": [
            {
                "attachment": attachment,
                "format": {"system": FORMATS, "code": "urn:ihe:iti:xds-sd:text:2008"},
            }
        ],
        "context": {
            "period": {"start": "2026-01-31", "end": "2026-02-01"},
            "facilityType": {"coding": [{"system": "http://snomed.info/sct", "code": "82242000"}]},
            "practiceSetting": {
                "coding": [{"system": "http://snomed.info/sct", "code": "408467006"}]
            },
            "event": [{"coding": [{"system": "urn:acts", "code": "blood-test"}]}],
            "related": [{"reference": "ServiceRequest/s1"}],
        },
    }
    return made | members


def binary(content: bytes, **members: Any) -> Any:
    data = base64.b64encode(content).decode()
    return {"resourceType": "Binary", "contentType": "text/plain", "data": data} | members


def provide(subject: str = "Patient/ines", content: bytes = TEXT, **members: Any) -> Any:
    """The transaction of one document. `members`: of its DocumentReference."""
    return bundle(
        entry("POST", "List", submission_set(subject), SET),
        entry("POST", "DocumentReference", document(subject, content, **members), DOCUMENT),
        entry("POST", "Binary", binary(content), CONTENT),
    )


def replaces(target: str) -> Any:
    """`relatesTo` of a document that replaces another one."""
    return [{"code": "replaces", "target": {"reference": target}}]
