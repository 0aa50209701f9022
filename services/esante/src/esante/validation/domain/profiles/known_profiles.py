"""The profiles that are known without being uploaded: those of R4, of FrCore, of the volets of the
ANS (CI-SIS) and of IHE MHD, on which one of the volets is based.

`services/esante/tools/compile_validation.py` writes `r4_extensions.txt` and `r4_profiles.jsonl`.
`fr_core.txt`, `ihe_mhd.txt` and `ans_volets.txt` are written by hand.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from esante.validation.domain.profiles.notation import ANS, profile_of_lines, structure_url
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.structure_definition import base_of, profile_of


def find_profile(url: str) -> Profile | None:
    """A known profile by its canonical, with or without version; None if unknown."""
    return find_profile_of_writes(url) or _ans_profiles().get(url.partition("|")[0])


def find_profile_of_writes(url: str) -> Profile | None:
    """One of FrCore or R4, which judge writes too, as `find_profile`."""
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
    return _written("fr_core.txt", {})


def supported_ans_profiles() -> Iterator[Profile]:
    """The profiles of the volets, and those of the annuaire that their statements name; without
    those of other guides on which they are based."""
    for profile in _ans_profiles().values():
        if profile.url.startswith(ANS):
            yield profile


@cache
def _ans_profiles() -> Mapping[str, Profile]:
    """The profiles of the volets, with their bases and extensions, by canonical."""
    mhd = _written("ihe_mhd.txt", fr_core())
    return mhd | _written("ans_volets.txt", {**fr_core(), **mhd})


def _written(file: str, bases: Mapping[str, Profile]) -> dict[str, Profile]:
    """The profiles of a file in the notation, by canonical. `bases`: those it builds on."""
    found: dict[str, Profile] = {}
    for block in re.split(r"\n(?=\S)", _text(file)):
        if block.startswith("#"):
            continue
        head, *lines = (line.strip() for line in block.split("\n") if line.strip())
        name, _, base = head.partition(": ")
        url, base_url = structure_url(name), structure_url(base)
        above = found.get(base_url) or bases.get(base_url) or _find_r4_profile(base_url)
        rule = above.rule.copy() if above else ElementRule()
        found[url] = profile_of_lines(url, above.type if above else base, rule, lines)
    return found
