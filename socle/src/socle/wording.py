"""Sentences in French: their apostrophes, and pydantic's validation errors, for settings at start
and for requests.

A sentence of an error never contains the value that was refused: it may be a secret or personal.
https://docs.pydantic.dev/latest/errors/validation_errors/
"""

import re
from typing import Final

from pydantic_core import ErrorDetails, ValidationError

_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=[\w«])")
_NAMES: Final = re.compile(r"\^\[a-z\]\[a-z0-9-\]\{0,([0-9]+)\}\$")
_IDS: Final = re.compile(r"\^\[A-Za-z0-9\]\[A-Za-z0-9\._-\]\{0,([0-9]+)\}\$")
"""The patterns of most names and ids, which are explained in words: few people read patterns."""

_REASONS: dict[str, str] = {
    "missing": "valeur obligatoire absente",
    "extra_forbidden": "champ inconnu",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "int_from_float": "un nombre entier est attendu",
    "float_parsing": "un nombre est attendu",
    "float_type": "un nombre est attendu",
    "finite_number": "un nombre fini est attendu",
    "bool_parsing": "vrai ou faux est attendu (true, false)",
    "bool_type": "vrai ou faux est attendu (true, false)",
    "string_type": "un texte est attendu",
    "string_unicode": "un texte en UTF-8 est attendu",
    "string_too_short": "au moins {min_length} caractère(s) sont attendus",
    "string_too_long": "au plus {max_length} caractère(s) sont acceptés",
    "string_pattern_mismatch": "la forme attendue est {pattern}",
    "too_short": "au moins {min_length} élément(s) sont attendus",
    "too_long": "au plus {max_length} élément(s) sont acceptés",
    "greater_than": "une valeur supérieure à {gt} est attendue",
    "greater_than_equal": "une valeur d'au moins {ge} est attendue",
    "less_than": "une valeur inférieure à {lt} est attendue",
    "less_than_equal": "une valeur d'au plus {le} est attendue",
    "multiple_of": "un multiple de {multiple_of} est attendu",
    "literal_error": "une de ces valeurs est attendue : {expected}",
    "enum": "une de ces valeurs est attendue : {expected}",
    "list_type": "une liste est attendue",
    "tuple_type": "une liste est attendue",
    "dict_type": "un objet est attendu",
    "model_type": "un objet est attendu",
    "model_attributes_type": "un objet est attendu",
    "json_invalid": "un texte JSON valide est attendu",
    "json_type": "un texte JSON valide est attendu",
    "datetime_type": "un instant RFC 3339 est attendu",
    "datetime_parsing": "un instant RFC 3339 est attendu (2026-03-29T02:30:00+02:00)",
    "datetime_from_date_parsing": "un instant RFC 3339 est attendu (2026-03-29T02:30:00+02:00)",
    "datetime_object_invalid": "un instant RFC 3339 est attendu (2026-03-29T02:30:00+02:00)",
    "timezone_aware": "un instant avec son décalage horaire est attendu (…+02:00 ou …Z)",
    "date_type": "une date est attendue (2026-03-29)",
    "date_parsing": "une date est attendue (2026-03-29)",
    "date_from_datetime_parsing": "une date est attendue (2026-03-29)",
    "time_parsing": "une heure est attendue (02:30:00)",
    "time_delta_parsing": "une durée est attendue",
    "url_parsing": "une adresse URL est attendue",
    "url_scheme": "une adresse en {expected_schemes} est attendue",
    "url_type": "une adresse URL est attendue",
    "uuid_parsing": "un identifiant UUID est attendu",
    "path_type": "un chemin de fichier est attendu",
    "path_not_file": "ce chemin ne désigne pas un fichier",
    "path_not_directory": "ce chemin ne désigne pas un dossier",
}


def curve_apostrophes(text: str) -> str:
    """The text with curved apostrophes; quotation marks of code stay straight."""
    return _APOSTROPHE.sub("\N{RIGHT SINGLE QUOTATION MARK}", text)


def reason(error: ErrorDetails) -> str:
    """One finding as the end of a sentence (`limit : …`), in French, without the value.

    The message of our own validators (a ValueError) is used unchanged: it must not contain the
    value. An error type without a sentence of its own is "valeur refusée".
    """
    error_type, context = error["type"], error.get("ctx", {})
    if error_type in ("value_error", "assertion_error"):
        return str(context.get("error") or "valeur refusée")
    if named := _NAMES.fullmatch(str(context.get("pattern", ""))):
        return (
            "des minuscules sans accent, des chiffres et des tirets sont attendus, une lettre"
            f" d'abord, {int(named[1]) + 1} en tout au plus"
        )
    if of_ids := _IDS.fullmatch(str(context.get("pattern", ""))):
        return (
            "des lettres sans accent, des chiffres, « . », « _ » et « - » sont attendus, une lettre"
            f" ou un chiffre d'abord, {int(of_ids[1]) + 1} en tout au plus"
        )
    template = _REASONS.get(error_type, "valeur refusée")
    words = {name: str(value).replace(" or ", " ou ") for name, value in context.items()}
    try:
        return template.format_map(words)
    except KeyError:
        return "valeur refusée"


def mistakes_of(error: ValidationError) -> str:
    """All findings in the content of a file, each with its place and without the value:
    `hub[2] name : un texte est attendu`. The first entry of a list is 1."""

    def place(location: tuple[int | str, ...]) -> str:
        parts = (f"[{each + 1}]" if isinstance(each, int) else f" {each}" for each in location)
        return "".join(parts).strip()

    found = error.errors(include_url=False, include_input=False)
    return " ; ".join(f"{place(each['loc'])} : {reason(each)}" for each in found)
