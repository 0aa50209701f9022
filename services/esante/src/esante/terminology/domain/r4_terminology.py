"""The code systems and value sets of R4 and of FrCore.

`services/esante/tools/compile_validation.py` writes `code_systems.jsonl` and `value_sets.jsonl`
from the official resources, one per line. `…_fr.jsonl` are written by hand after
https://hl7.fr/ig/fhir/core/2.1.0. They refer to the French nomenclatures
(https://mos.esante.gouv.fr/NOS) without their codes.
"""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from esante.terminology.domain.concepts import (
    CodeSystem,
    ValueSet,
    parse_code_system,
    parse_value_set,
)
from esante.terminology.domain.expansion import Coded, Terminology, Unexpandable, expand
from esante.terminology.domain.membership import Membership, membership


@cache
def _lines(name: str) -> Mapping[str, str]:
    """The lines of a table, by the canonical at the beginning of each (`{"url": "…"`)."""
    folder = files("esante.terminology.domain")
    return {
        line.split('"', 4)[3]: line
        for file in (f"{name}.jsonl", f"{name}_fr.jsonl")
        for line in folder.joinpath(file).read_text("utf-8").splitlines()
    }


def find_code_system(url: str) -> CodeSystem | None:
    """A code system of R4 or FrCore, by its canonical without version; None if there is none."""
    # Only known ones are cached: callers choose the others.
    return _code_system(url) if url in _lines("code_systems") else None


@cache
def _code_system(url: str) -> CodeSystem:
    return parse_code_system(json.loads(_lines("code_systems")[url]))


def find_value_set(url: str) -> ValueSet | None:
    """A value set of R4 or FrCore, by its canonical without version; None if there is none."""
    return _value_set(url) if url in _lines("value_sets") else None


@cache
def _value_set(url: str) -> ValueSet:
    return parse_value_set(json.loads(_lines("value_sets")[url]))


R4 = Terminology(find_code_system, find_value_set)


@lru_cache(maxsize=2_000)
def membership_of(url: str) -> Membership | None:
    """The membership of a value set of R4 or FrCore; None if it is not known."""
    value_set = find_value_set(url)
    return None if value_set is None else membership(value_set, R4)


@lru_cache(maxsize=2_000)
def codes_of(url: str) -> frozenset[Coded] | None:
    """The codes of a value set of R4 or FrCore; None if it is not known, or its codes cannot be
    listed (languages, media types)."""
    value_set = find_value_set(url)
    if value_set is None:
        return None
    try:
        return frozenset(expand(value_set, R4))
    except Unexpandable:
        return None
