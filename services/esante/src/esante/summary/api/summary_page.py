"""The summary as a page that is read in an emergency. It needs no script and no other file, so that
an application can display it, store it or print it as it is."""

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader

from esante.summary.domain.attached_documents import document_urls
from esante.summary.domain.descriptions import describe
from esante.summary.domain.document import FilledSection, PatientSummary, names_of, notes_of
from esante.summary.domain.identity import identify
from esante.summary.domain.sections import Json
from socle.http.problems import Headers

HTML: Final = b"text/html; charset=utf-8"
_VITAL: Final = ("Flag", "AllergyIntolerance")
"""Sections of these are framed: what must not be missed."""
_ZONE: Final = ZoneInfo("Europe/Paris")


def _dialled(number: str) -> str:
    """The digits of a telephone number, for `tel:`."""
    return re.sub(r"[^0-9+*#]", "", number)


_TEMPLATES: Final = Environment(
    loader=PackageLoader("esante.summary", "api"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["dialled"] = _dialled
_PAGE: Final = _TEMPLATES.get_template("summary.html")
_STYLE: Final = _TEMPLATES.get_template("summary.css").render()


def page_headers() -> Headers:
    """No script, no form, nothing from elsewhere; its own style alone."""
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"vary", b"accept"),
    ]


def render_page(summary: PatientSummary, *, base: str, now: datetime) -> bytes:
    """The page of a summary, in UTF-8. `base`: the FHIR base as callers see it."""
    names, local = names_of(summary), now.astimezone(_ZONE)
    hidden = [each for each in summary.sections if _is_hidden(each)]
    return _PAGE.render(
        identity=identify(summary.person, today=local.date(), names=names),
        sections=[_section(each, names, base) for each in summary.sections if each not in hidden],
        hidden=[each.section.title for each in hidden],
        composed=f"{local:%d/%m/%Y à %H:%M}",
    ).encode()


def _is_hidden(filled: FilledSection) -> bool:
    """Whether only the title of a section is listed: the caller sees nothing of it. What must not
    be missed has its frame all the same."""
    return filled.withheld and not filled.resources and not _is_vital(filled)


def _is_vital(filled: FilledSection) -> bool:
    return filled.section.types[0] in _VITAL


def _section(filled: FilledSection, names: Mapping[str, str], base: str) -> dict[str, Any]:
    return {
        "title": filled.section.title,
        "vital": _is_vital(filled),
        "lines": [_line(parsed, names, base) for _, parsed in filled.resources],
        "notes": notes_of(filled),
    }


def _line(resource: Json, names: Mapping[str, str], base: str) -> dict[str, Any]:
    name, _, details = describe(resource, names).partition(" · ")
    documents = list(document_urls(resource, base=base))
    return {"name": name, "details": details, "documents": documents}
