"""The profiles that are known without being uploaded: those of R4 and of FrCore.

`services/esante/tools/compile_validation.py` writes `r4_extensions.txt` and `r4_profiles.jsonl`.
`fr_core.txt` is written by hand.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from esante.validation.domain.profiles.notation import profile_of_lines, structure_url
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.structure_definition import base_of, profile_of


def find_profile(url: str) -> Profile | None:
    """A profile of FrCore or R4 by its canonical, with or without version; None if unknown."""
    url = url.partition("|")[0]
    return fr_core().get(url) or _find_r4_profile(url)


def _find_r4_profile(url: str) -> Profile | None:
    if url in _r4_blocks():
        return _r4_extension(url)
    return _r4_profile(url) if url in _r4_lines() else None


@cache
def _r4_blocks() -> Mapping[str, tuple[str, ...]]:
    """The lines of each extension in `r4_extensions.txt`, by canonical."""
    found = {}
    for block in re.split(r"\n(?=\S)", _text("r4_extensions.txt")):
        head, *lines = (line.strip() for line in block.split("\n") if line.strip())
        found[structure_url(head.partition(": ")[0])] = tuple(lines)
    return found


@cache
def _r4_extension(url: str) -> Profile:
    return profile_of_lines(url, "Extension", ElementRule(), _r4_blocks()[url])


@cache
def _r4_lines() -> Mapping[str, str]:
    """The definitions of `r4_profiles.jsonl`, by canonical."""
    lines = _text("r4_profiles.jsonl").splitlines()
    return {line.split('"', 4)[3]: line for line in lines}


@cache
def _r4_profile(url: str) -> Profile:
    definition = json.loads(_r4_lines()[url])
    base = base_of(definition)
    return profile_of(definition, _find_r4_profile(base) if base else None)


def _text(name: str) -> str:
    return files("esante.validation.domain.profiles").joinpath(name).read_text("utf-8")


@cache
def fr_core() -> Mapping[str, Profile]:
    """The profiles of FrCore 2.1.0 and the extensions they use, by canonical."""
    found: dict[str, Profile] = {}
    for block in re.split(r"\n(?=\S)", _text("fr_core.txt")):
        if block.startswith("#"):
            continue
        head, *lines = (line.strip() for line in block.split("\n") if line.strip())
        name, _, base = head.partition(": ")
        url = structure_url(name)
        above = found.get(structure_url(base)) or _find_r4_profile(structure_url(base))
        rule = above.rule.copy() if above else ElementRule()
        found[url] = profile_of_lines(url, above.type if above else base, rule, lines)
    return found
