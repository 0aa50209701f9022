"""Validation of narrative: only the XHTML that FHIR allows, nothing active, no external resources.

It is read twice, as XML and as HTML, since applications display it either way, and it is refused or
stored unchanged, never rewritten. https://hl7.org/fhir/R4/narrative.html
"""

from typing import Final
from xml.parsers import expat

from esante.validation.domain.narrative_elements import NarrativeRefused
from esante.validation.domain.narrative_html import check_html
from esante.validation.domain.narrative_xml import XmlReader

EMPTY: Final = "Le texte est vide (txt-2)."
"""The problem of a narrative without text and images."""


def narrative_problem(div: str) -> str | None:
    """Why `text.div` is invalid, in French; None if it is valid. `EMPTY` without content."""
    reader = XmlReader()
    try:
        reader.read(div)
        # Only now: what is well-formed and bounded makes a bounded HTML tree.
        check_html(div)
    except NarrativeRefused as refused:
        return str(refused)
    except expat.ExpatError as error:
        return f"Ce n’est pas du XHTML bien formé : {error}."
    return None if reader.has_content else EMPTY
