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

MAX_ID_LENGTH: Final = 100
"""Characters; a longer id is unreadable."""
MAX_TEXT_LENGTH: Final = 1000
"""Characters; a longer text is cut."""
_APP_LINK: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SCRIPTS: Final = ("javascript:", "data:", "vbscript:", "file:", "blob:")

T = TypeVar("T")


class GbfsObject(BaseModel):
    """An object of a GBFS file. Extensions and unused fields are ignored."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


def note_doubt(info: ValidationInfo, code: str) -> None:
    """Count a doubt about the value being validated."""
    notes: Counter[str] = info.context if info.context is not None else Counter()
    notes[code] += 1


def _none_if_unreadable(
    value: Any, handler: ValidatorFunctionWrapHandler, info: ValidationInfo
) -> Any:
    if value is None:
        return None
    try:
        return handler(value)
    except ValidationError:
        note_doubt(info, "field_unreadable")
        return None


NONE_IF_UNREADABLE: Final = WrapValidator(_none_if_unreadable)
"""For an optional field: if it is unreadable, the value is None and a doubt is counted."""


def _id(value: Any) -> str:
    # 3.0 requires printable ASCII; older forms and numbers are accepted too.
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str):
        raise ValueError("an id is a text")
    text = str(value).strip()
    if not 0 < len(text) <= MAX_ID_LENGTH or not text.isprintable():
        raise ValueError("an id is printable and short")
    return text


def _text(value: Any) -> str | None:
    """A text of 2.x, or the best translation of 3.x, on one line; None if it is blank."""
    if isinstance(value, list):
        value = _best(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("a text is expected")
    return " ".join(strip_hidden(value[: 2 * MAX_TEXT_LENGTH]).split())[:MAX_TEXT_LENGTH] or None


def _best(translations: list[Any]) -> str | None:
    """The French text, else the first one that is not empty; None if there is none."""
    texts = [
        Translation(each["text"], language_of(each.get("language")))
        for each in translations
        if isinstance(each, dict) and each.get("text")
    ]
    chosen = best_translation(texts, ())
    return None if chosen is None else chosen.text


def language_of(code: Any) -> str | None:
    """A language code, with hyphens as BCP 47 requires; None if it is not a text."""
    return code.replace("_", "-") if isinstance(code, str) else None


def _web(value: Any, info: ValidationInfo) -> str | None:
    """An http(s) URL."""
    text = _link(value)
    if text is not None and not text.lower().startswith(("http://", "https://")):
        note_doubt(info, "field_unreadable")
        return None
    return text


def _app(value: Any, info: ValidationInfo) -> str | None:
    """A deep link: it can have a scheme of the app's own, but none that executes its content."""
    text = _link(value)
    if text is not None and (
        not _APP_LINK.match(text) or text.lower().lstrip().startswith(_SCRIPTS)
    ):
        note_doubt(info, "field_unreadable")
        return None
    return text


def _link(value: Any) -> str | None:
    """A text without blanks; None if it has some."""
    text = _text(value)
    return None if text is None or " " in text else text


def _count(value: Any, info: ValidationInfo) -> Any:
    """The value, or None if it is negative."""
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
    """POSIX seconds of a timestamp in the form of 2.x or 3.x; None if it is neither, or not
    between 1970 and 2100. Milliseconds are recognised."""
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
    """A value from 0 to 1; percentages, which are frequent, are converted."""
    return value / 100 if isinstance(value, int | float) and 1 < value <= 100 else value


def _number(low: float, high: float) -> Callable[[Any], float]:
    """A validator of numbers from `low` to `high`."""

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


def parse_or_none(parse: Callable[[Any], T], value: Any) -> T | None:
    """The result of `parse`; None if it cannot read the value."""
    try:
        return parse(value)
    except (ValueError, TypeError, OverflowError):
        return None


# `Id` and `Integer` make their entry unreadable if they are; every other type is then None.
Id = Annotated[str, BeforeValidator(_id)]
OptionalId = Annotated[Annotated[str, BeforeValidator(_id)] | None, NONE_IF_UNREADABLE]
Text = Annotated[str | None, BeforeValidator(_text), NONE_IF_UNREADABLE]
Web = Annotated[str | None, BeforeValidator(_web), NONE_IF_UNREADABLE]
App = Annotated[str | None, BeforeValidator(_app), NONE_IF_UNREADABLE]
Integer = Annotated[int, BeforeValidator(_integer)]
Count = Annotated[
    Annotated[int, BeforeValidator(_integer)] | None, BeforeValidator(_count), NONE_IF_UNREADABLE
]
Instant = Annotated[int | None, BeforeValidator(_instant), NONE_IF_UNREADABLE]
Truth = Annotated[bool | None, NONE_IF_UNREADABLE]
Metres = Annotated[
    Annotated[float, BeforeValidator(_number(0, 1e8))] | None,
    BeforeValidator(_count),
    NONE_IF_UNREADABLE,
]
Ratio = Annotated[
    Annotated[float, BeforeValidator(_number(0, 1))] | None,
    BeforeValidator(_ratio),
    NONE_IF_UNREADABLE,
]
Degrees = Annotated[
    Annotated[float, BeforeValidator(_number(-1e3, 1e3))] | None, NONE_IF_UNREADABLE
]
"""Any finite latitude or longitude: `repair_places` repairs them."""
