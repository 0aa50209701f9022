"""The code systems and value sets that R4 itself defines, and the few that FrCore does.

From `code_systems.jsonl` and `value_sets.jsonl`, one small resource a line, which
`services/esante/tools/compile_validation.py` writes from the official ones. Those of
https://hl7.fr/ig/fhir/core/2.1.0 (`…_fr.jsonl`) are restated by hand: the French nomenclatures they
take in (https://mos.esante.gouv.fr/NOS) are named, their codes are not here.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from esante.terminology.domain.concepts import CodeSystem, ValueSet, code_system_of, value_set_of
from esante.terminology.domain.expansion import Coded, Terminology, Unexpandable, expand
from esante.terminology.domain.membership import Membership, membership


@cache
def _lines(name: str) -> Mapping[str, str]:
    """The lines of a table by their url. A line begins {"url": "…", …."""
    folder = files("esante.terminology.domain")
    return {
        line.split('"', 4)[3]: line
        for told in (f"{name}.jsonl", f"{name}_fr.jsonl")
        for line in folder.joinpath(told).read_text("utf-8").splitlines()
    }


def _resource(name: str, url: str) -> Mapping[str, Any] | None:
    line = _lines(name).get(url)
    return None if line is None else json.loads(line)


@cache
def find_code_system(url: str) -> CodeSystem | None:
    """A code system of R4, by its url without version."""
    written = _resource("code_systems", url)
    return None if written is None else code_system_of(written)


@cache
def find_value_set(url: str) -> ValueSet | None:
    """A value set of R4, by its url without version."""
    written = _resource("value_sets", url)
    return None if written is None else value_set_of(written)


R4 = Terminology(find_code_system, find_value_set)


@cache
def membership_of(url: str) -> Membership | None:
    """What can be told of a value set of R4 or of FrCore; None where it is not known."""
    value_set = find_value_set(url)
    return None if value_set is None else membership(value_set, R4)


@cache
def codes_of(url: str) -> frozenset[Coded] | None:
    """The codes of a value set of R4; None where they cannot be listed (languages, media types)."""
    value_set = find_value_set(url)
    if value_set is None:
        return None
    try:
        return frozenset(expand(value_set, R4))
    except Unexpandable:
        return None
