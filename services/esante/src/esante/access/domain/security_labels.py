"""Security labels that narrow access: very restricted, masked to professionals, to the patient, to
legal representatives or to third parties.

http://terminology.hl7.org/CodeSystem/v3-Confidentiality
https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from esante.access.domain.professions import is_social
from esante.search.domain.query.criteria import Tokens
from esante.store.domain.index_keys import parameter_key, token_element

CONFIDENTIALITY: Final = ("U", "L", "M", "N", "R", "V")
"""From the least to the most confidential. A label of a provision covers those before it."""
NORMAL: Final = "N"
"""That of a resource without a label."""
_VERY_RESTRICTED, _MASKED, _MASKED_FROM_SOCIAL = "V", "MASQUE_PS", "MASQUE_PSOCIAL"
_MASKED_FROM_ALL: Final = (_VERY_RESTRICTED, _MASKED)
MASKED_FROM_PROFESSIONALS: Final = (*_MASKED_FROM_ALL, _MASKED_FROM_SOCIAL)
"""Those that mask from some professionals, or from all."""
MASKED_FROM_PATIENT: Final = ("INVISIBLE_PATIENT",)
MASKED_FROM_REPRESENTATIVES: Final = (*MASKED_FROM_PATIENT, "INVISIBLE_REPRESENTANTS_LEGAUX")
MASKED_FROM_CARERS: Final = (
    *("R", *MASKED_FROM_PROFESSIONALS),
    *("MASQUE_PT", *MASKED_FROM_REPRESENTATIVES),
)
"""A carer is a third party (`MASQUE_PT`); what is masked from others is masked from them too."""
_PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"Composition": ("confidentiality",), "DocumentReference": ("security-label",)}
)
"""The parameters of labels that a type has beside `meta.security`."""

_ESCAPED_CODE_CHARACTER: Final = re.compile(rb"\\u00[2-7]")
"""An escape in JSON of a character that codes consist of."""


def masks_of(professions: Collection[str]) -> tuple[str, ...]:
    """The labels that mask from a person of those professions; the first two mask from all.

    `MASQUE_PSOCIAL` masks from the social domain, and from whom no profession is known.
    """
    return MASKED_FROM_PROFESSIONALS if is_social(professions) else _MASKED_FROM_ALL


@lru_cache(maxsize=1000)
def labelled(resource_type: str, codes: tuple[str, ...]) -> Tokens:
    """The criterion of resources with one of those codes, of any system, among their labels."""
    return Tokens(
        tuple(
            token_element(parameter_key(resource_type, parameter), None, code)
            for parameter in ("_security", *_PARAMETERS.get(resource_type, ()))
            for code in codes
        )
    )


def can_be_labelled(text: bytes, codes: Iterable[str]) -> bool:
    """Whether the JSON of a resource can have one of those labels; False for nearly all others,
    which need not be parsed for it."""
    if _ESCAPED_CODE_CHARACTER.search(text) is not None:
        return True
    lowered = text.lower()
    return any(f'"{each.lower()}"'.encode() in lowered for each in codes)


def covered_labels(code: str) -> tuple[str, ...]:
    """The labels that one of a provision covers: of confidentiality, also the lower ones."""
    if code in CONFIDENTIALITY:
        return CONFIDENTIALITY[: CONFIDENTIALITY.index(code) + 1]
    return (code,)


def lifts_mask(labels: Iterable[tuple[str | None, str]]) -> bool:
    """Whether one of those labels masks resources from professionals."""
    return any(code in MASKED_FROM_PROFESSIONALS for _, code in labels)
