"""The contents that the stored provisions hide with documents: completed when a Consent is written,
and when a document that one hides gets a version.

A Consent and a document of its patient that are written at once wait for each other: whichever is
second reads what the first has written.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from esante.access.domain.hidden_contents import (
    DocumentContents,
    can_have_contents,
    contents_of,
    denied_documents,
    with_contents,
)
from esante.access.domain.open_records import patient_element
from esante.core.domain.json_parser import parse_json
from esante.store.ports import Change
from socle.errors import Refusal
from socle.postgres import Connection

log = logging.getLogger("esante.hidden_contents")

_MOST_DOCUMENTS: Final = 1000
"""Documents whose contents one Consent hides, those that they replace included."""
_DOCUMENTS: Final = "documents"
"""The member of a stored provision with the ids of the documents that were looked at for it: those
that it denies, and those that they replace. Only a version of one of these has contents to hide."""
# Writers of documents share the lock, which writers of Consents have alone.
_SHARE: Final = "SELECT pg_advisory_xact_lock_shared(hashtextextended('esante.documents', $1))"
_EXCLUDE: Final = "SELECT pg_advisory_xact_lock(hashtextextended('esante.documents', $1))"
_VERSIONS: Final = """
SELECT id, content FROM version WHERE type = 'DocumentReference' AND id = ANY($1)
AND content IS NOT NULL AND (content LIKE '%Binary%' OR content LIKE '%relatesTo%'
    OR position('\\u' IN content) > 0)"""
_HIDING: Final = """
SELECT consent, content FROM record_provision
WHERE element = ANY($1) AND content LIKE '%"DocumentReference/%' ORDER BY consent FOR UPDATE"""
_UPDATE: Final = "UPDATE record_provision SET content = $2 WHERE consent = $1"


async def exclude_document_changes(connection: Connection, patients: Collection[str]) -> None:
    """Let no document of those patients be written until the end of the transaction."""
    for element in sorted(map(patient_element, patients)):
        await connection.execute(_EXCLUDE, element)


async def complete_consent(
    connection: Connection, consent: Mapping[str, Any], base: str
) -> Mapping[str, Any]:
    """A Consent that also denies the contents of the documents that it denies.

    Raises Refusal, rule `unprocessable`, for one that hides more documents than are looked at.
    """
    completed, is_complete = await _completed(connection, consent, base)
    if not is_complete:
        raise Refusal(
            "invalid",
            f"Ce consentement cache plus de {_MOST_DOCUMENTS} documents, avec ceux qu'ils"
            " remplacent : leurs contenus ne seraient pas tous cachés.",
            rule="unprocessable",
            issue="too-costly",
        )
    return completed


async def _completed(
    connection: Connection, consent: Mapping[str, Any], base: str
) -> tuple[Mapping[str, Any], bool]:
    """The Consent with the contents to hide, and whether these are all."""
    if not (denied := denied_documents(consent)):
        return consent, True
    found = await _contents(connection, denied, base)

    def binaries_of(documents: Iterable[str]) -> set[str]:
        waiting, binaries, seen = set(documents), set[str](), set[str]()
        while waiting:
            seen.add(document := waiting.pop())
            for each in found.versions.get(document, ()):
                binaries |= each.binaries
                waiting |= each.replaced - seen
        return binaries

    completed = with_contents(consent, binaries_of)
    # Without the address of this server, those that are named by it are missing.
    known = {_DOCUMENTS: sorted(found.versions)} if base else {}
    return completed | known, found.is_complete


async def complete_stored(
    connection: Connection, elements: Collection[int], base: str, document: str | None = None
) -> None:
    """Complete the provisions of those records that name documents. `document`: the id of one that
    has a new version; only the provisions that it matters to."""
    for row in await connection.fetch(_HIDING, list(elements)):
        before = orjson.loads(row["content"])
        if document is not None and document not in before.get(_DOCUMENTS, [document]):
            continue
        after, is_complete = await _completed(connection, before, base)
        if not is_complete:
            log.error("Consent/%s hides more documents than are looked at", row["consent"])
        if after != before:
            await connection.execute(_UPDATE, row["consent"], orjson.dumps(after).decode())


class DocumentRows:
    """Implements `AttachedRows` for DocumentReference: who hides it hides the contents that it has
    from then on. `base`: the FHIR base."""

    def __init__(self, base: str) -> None:
        self._base = base

    def concern(self, change: Change) -> bool:
        """Only a version that can name contents."""
        return change.text is not None and can_have_contents(change.text)

    async def write(self, connection: Connection, change: Change) -> None:
        """Complete the provisions that hide it, or what replaces it."""
        patients = () if change.indexed is None else change.indexed.patients
        elements = sorted(map(patient_element, patients))
        for element in elements:
            await connection.execute(_SHARE, element)
        if elements:
            await complete_stored(connection, elements, self._base, change.id)


@dataclass(frozen=True, slots=True)
class _Found:
    versions: dict[str, list[DocumentContents]]
    """What each version of a document names, by its id."""
    is_complete: bool
    """Whether there are no more than are looked at."""


async def _contents(connection: Connection, documents: Collection[str], base: str) -> _Found:
    """What each version of those documents names, and of those that they replace."""
    found: dict[str, list[DocumentContents]] = {}
    waiting = set(documents)
    while waiting and (room := _MOST_DOCUMENTS - len(found)) > 0:
        now = sorted(waiting)[:room]
        found |= {each: [] for each in now}
        # Versions can have megabytes of their own. A cursor needs a transaction: a migration may
        # be in none.
        async with connection.transaction():
            async for row in connection.cursor(_VERSIONS, now, prefetch=10):
                read = contents_of(parse_json(row["content"].encode()), base)
                found[row["id"]].append(read)
                waiting |= read.replaced
        waiting -= found.keys()
    return _Found(found, is_complete=not waiting)
