"""The field types of GBFS: the forms of every version, and common mistakes.

An unreadable field becomes None and affects nothing else; a doubt is counted in the validation's
context, a `Counter` by code of `rental.domain.gbfs_document.NOTES`.
https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#field-types
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

from mobilite.gtfs.domain.freshness import LAST_PLAUSIBLE
from mobilite.gtfs.domain.plain_text import strip_hidden
from mobilite.gtfs.domain.translations import Translation, best_translation

LONGEST_ID: Final = 100
LONGEST_TEXT: Final = 1000
_APP_LINK: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SCRIPTS: Final = ("javascript:", "data:", "vbscript:", "file:", "blob:")

T = TypeVar("T")


class GbfsObject(BaseModel):
    """An object of a GBFS file. Extensions and unused fields are ignored."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


def note_doubt(info: ValidationInfo, code: str) -> None:
    """Count a doubt about the current value."""
    notes: Counter[str] = info.context if info.context is not None else Counter()
    notes[code] += 1


def _forgive(value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
    if value is None:
        return None
    try:
        return handler(value)
    except ValidationError:
        note_doubt(info, "field_unreadable")
        return None


FORGIVEN: Final = WrapValidator(_forgive)
"""For an optional field: None if it is unreadable, and a doubt."""


def _id(value: Any) -> str:
    # 3.0 requires printable ASCII; older forms and numbers are accepted too.
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("an id is a text")
    text = str(value).strip()
    if not 0 < len(text) <= LONGEST_ID or not text.isprintable():
        raise ValueError("an id is printable and short")
    return text


def _text(value: Any) -> str | None:
    """A text of 2.x, or the best translation of 3.x."""
    if isinstance(value, list):
        value = _best(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a text is expected")
    return " ".join(strip_hidden(value[: 2 * LONGEST_TEXT]).split())[:LONGEST_TEXT] or None


def _best(translations: list[Any]) -> str | None:
    """The French one, else the first non-empty one."""
    texts = [
        Translation(each["text"], language_of(each.get("language")))
        for each in translations
        if isinstance(each, dict) and each.get("text")
    ]
    chosen = best_translation(texts, ())
    return None if chosen is None else chosen.text


def language_of(code: Any) -> str | None:
    """A BCP 47 code with a hyphen; None if it is none."""
    return code.replace("_", "-") if isinstance(code, str) else None


def _web(value: Any, info: ValidationInfo) -> str | None:
    text = _link(value)
    if text is not None and not text.lower().startswith(("http://", "https://")):
        note_doubt(info, "field_unreadable")
        return None
    return text


def _app(value: Any, info: ValidationInfo) -> str | None:
    """A deep link may have the app's own scheme, but none that executes its content."""
    text = _link(value)
    if text is not None and (
        not _APP_LINK.match(text) or text.lower().lstrip().startswith(_SCRIPTS)
    ):
        note_doubt(info, "field_unreadable")
        return None
    return text


def _link(value: Any) -> str | None:
    text = _text(value)
    return None if text is None or " " in text else text


def _count(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, int | float) and value < 0:
        note_doubt(info, "count_negative")
        return None
    return value


def _instant(value: Any, info: ValidationInfo) -> int | None:
    seconds = posix_seconds(value)
    if seconds is None and value is not None:
        note_doubt(info, "time_implausible")
    return seconds


def posix_seconds(value: Any) -> int | None:
    """POSIX seconds of a 2.x or 3.x timestamp, None if it is neither; milliseconds are detected."""
    if isinstance(value, str):
        try:
            # Python accepts the "Z" of RFC 3339 from 3.11 on.
            instant = datetime.fromisoformat(value.strip())
        except ValueError:
            value = int(value) if value.strip().isdecimal() and len(value) < 20 else None
        else:
            zoned = instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)
            # At the limits of datetime an instant has no POSIX time.
            value = zoned.timestamp() if 1970 < zoned.year < 2100 else None
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    seconds = int(value / 1000 if value >= LAST_PLAUSIBLE else value)
    return seconds if 0 < seconds < LAST_PLAUSIBLE else None


def _ratio(value: Any) -> Any:
    """0 to 1; percentages, which are frequent, are converted."""
    return value / 100 if isinstance(value, int | float) and 1 < value <= 100 else value


def _number(low: float, high: float) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        number = float(value)
        if isinstance(value, bool) or not low <= number <= high:
            raise ValueError("out of range")
        return number

    return parse


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != float(value) or not 0 <= int(value) < 10**9:
        raise ValueError("a whole number is expected")
    return int(value)


def either(first: Callable[[Any], T], value: Any) -> T | None:
    """The result of `first`, None if it fails."""
    try:
        return first(value)
    except (ValueError, TypeError, OverflowError):
        return None


def _named(known: tuple[str, ...]) -> Callable[[Any], str]:
    def parse(value: Any) -> str:
        word = str(value).strip().lower()
        if word not in known:
            raise ValueError("not one of the words")
        return word

    return parse


Id = Annotated[str, BeforeValidator(_id)]
OptionalId = Annotated[Annotated[str, BeforeValidator(_id)] | None, FORGIVEN]
Text = Annotated[str | None, BeforeValidator(_text), FORGIVEN]
Web = Annotated[str | None, BeforeValidator(_web), FORGIVEN]
App = Annotated[str | None, BeforeValidator(_app), FORGIVEN]
Integer = Annotated[int, BeforeValidator(_integer)]
Count = Annotated[
    Annotated[int, BeforeValidator(_integer)] | None, BeforeValidator(_count), FORGIVEN
]
Instant = Annotated[int | None, BeforeValidator(_instant), FORGIVEN]
Truth = Annotated[bool | None, FORGIVEN]
Metres = Annotated[
    Annotated[float, BeforeValidator(_number(0, 1e8))] | None, BeforeValidator(_count), FORGIVEN
]
Ratio = Annotated[
    Annotated[float, BeforeValidator(_number(0, 1))] | None, BeforeValidator(_ratio), FORGIVEN
]
Degrees = Annotated[Annotated[float, BeforeValidator(_number(-1e3, 1e3))] | None, FORGIVEN]
"""Any finite latitude or longitude: `repair_places` repairs them."""
