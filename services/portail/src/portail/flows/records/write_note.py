"""Writes in the liaison notebook of a patient, and closes their alerts."""

from datetime import datetime
from typing import Any, Final

from portail.domain.records.elements import part, text
from portail.ports.records import RecordAccess, RecordsApi
from socle.errors import Refusal

LONGEST_NOTE: Final = 4000
_JSON_PATCH: Final = "application/json-patch+json"


async def write_note(
    api: RecordsApi, access: RecordAccess, patient_id: str, written: str, *, now: datetime
) -> None:
    """Add a message, as a Communication of the reader. Raises Refusal."""
    content = written.replace("\r\n", "\n").strip()
    if not content or len(content) > LONGEST_NOTE:
        raise Refusal("invalid", f"Écrivez un message de {LONGEST_NOTE} caractères au plus.")
    author = access.user or (f"Patient/{access.patient}" if access.patient else None)
    note: dict[str, Any] = {
        "resourceType": "Communication",
        "status": "completed",
        "category": [{"text": "Cahier de liaison"}],
        "subject": {"reference": f"Patient/{patient_id}"},
        "sent": now.isoformat(timespec="seconds"),
        "payload": [{"contentString": content}],
    }
    if author is not None:
        note["sender"] = {"reference": author}
    await api.send(access, "POST", "Communication", note)


async def close_alert(
    api: RecordsApi, access: RecordAccess, patient_id: str, flag_id: str, *, now: datetime
) -> None:
    """Make a Flag of that patient inactive. Raises Refusal, `not_found` for another's Flag."""
    path = f"Flag/{flag_id}"
    flag = await api.read(access, path)
    if text(part(flag, "subject"), "reference") != f"Patient/{patient_id}":
        raise Refusal("not_found", "Cette alerte n'est pas dans ce dossier.")
    changes: list[dict[str, Any]] = [
        {"op": "test", "path": "/status", "value": "active"},
        {"op": "replace", "path": "/status", "value": "inactive"},
    ]
    if "period" in flag:
        end = now.isoformat(timespec="seconds")
        changes.append({"op": "add", "path": "/period/end", "value": end})
    version = text(part(flag, "meta"), "versionId")
    headers = {"content-type": _JSON_PATCH, "if-match": f'W/"{version}"'}
    await api.send(access, "PATCH", path, changes, headers=headers)
