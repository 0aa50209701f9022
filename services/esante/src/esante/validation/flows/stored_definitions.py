"""The uploaded definitions that a validation needs: profiles with their bases, and questionnaires.

https://hl7.org/fhir/R4/profiling.html
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from esante.core.domain.json_parser import parse_json
from esante.core.domain.permissions import Access
from esante.core.flows.worker_pool import WorkerPool
from esante.terminology.ports import Canonicals
from esante.validation.domain.profiles.known_profiles import find_profile
from esante.validation.domain.profiles.rules import ElementRule, Profile
from esante.validation.domain.profiles.structure_definition import base_of, profile_of
from socle.errors import Refusal

_MAX_STORED: Final = 20
"""Greatest number of stored definitions that one validation loads."""
PROFILE_SIZE: Final = 64 * 1024
"""The size of building a stored profile, and of a comparison with it, for `WorkerPool.run`: more
than its text, as its base is copied and callers write its rules."""


@dataclass(slots=True)
class StoredDefinitions:
    """Loads the uploaded definitions of one validation, and caches them."""

    definitions: Canonicals
    by: Access
    """The caller's permissions: definitions are found only with an unrestricted grant to read their
    type."""
    workers: WorkerPool
    _profiles: dict[str, Profile | None] = field(default_factory=dict)

    def find(self, url: str) -> Profile | None:
        """A profile by its canonical, with or without version: a known one, or a loaded one."""
        return find_profile(url) or self._profiles.get(url.partition("|")[0])

    @property
    def has_profiles(self) -> bool:
        """Whether a stored profile was loaded."""
        return any(self._profiles.values())

    async def load_profiles(self, urls: Iterable[str]) -> None:
        """Load those profiles, and those that they name for values. `urls`: their canonicals.

        Raises Refusal if a profile is based on itself or too large, or if there are too many.
        """
        ahead = [url.partition("|")[0] for url in urls]
        while ahead:
            url = ahead.pop()
            profile = self.find(url)
            if profile is None and url not in self._profiles:
                profile = await self._load_profile(url, ())
                ahead += _named(profile.rule) if profile else ()

    async def _load_profile(self, url: str, above: tuple[str, ...]) -> Profile | None:
        """Load a profile and its bases. `above`: the profiles that are based on it."""
        if url in above:
            raise _refused(f"Le profil {url} se fonde sur lui-même.")
        known = self.find(url)
        if known is not None:
            return known
        definition = await self.load("StructureDefinition", url)
        profile = None
        if definition is not None:
            base_url = base_of(definition)
            base = await self._load_profile(base_url, (*above, url)) if base_url else None
            build = partial(profile_of, definition, base)
            profile = await self.workers.run(PROFILE_SIZE, build)
        self._profiles[url] = profile
        return profile

    async def load_questionnaire(self, resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Load the questionnaire of a QuestionnaireResponse; None for another resource, without
        one, or if the stored one has another version."""
        canonical = resource.get("questionnaire")
        if resource.get("resourceType") != "QuestionnaireResponse" or not isinstance(
            canonical, str
        ):
            return None
        url, _, version = canonical.partition("|")
        found = await self.load("Questionnaire", url) if url and "#" not in url else None
        if found is None or (version and found.get("version") != version):
            return None
        return found

    async def load(self, resource_type: str, url: str) -> Mapping[str, Any] | None:
        """Load a stored resource by its canonical without version; None without one."""
        if not self.by.permitted(resource_type, "r").unrestricted:
            return None
        if len(self._profiles) >= _MAX_STORED:
            raise _refused("Cette validation demande trop de profils.")
        text = await self.definitions.find(resource_type, url)
        if text is None:
            return None
        return await self.workers.run(len(text), lambda: parse_json(text))


def _named(rule: ElementRule) -> Iterator[str]:
    """The profiles of values that a rule names."""
    yield from (url.partition("|")[0] for url in rule.profiles)
    for each in (*rule.children.values(), *rule.slices.values()):
        yield from _named(each)


def _refused(sentence: str) -> Refusal:
    return Refusal("too_large", sentence, rule="unprocessable", issue="too-costly")
