"""Numbers of persons and establishments, with right check digits and of nobody."""

from datetime import date


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` followed by it valid (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def ins_number(gender: str, birth: date, commune: str, order: int) -> str:
    """A matricule INS of 13 digits and its key, 97 minus the number modulo 97.

    `commune`: the INSEE code of the place of birth, outside Corsica. `order`: among those born
    there that month, from 1 to 999.
    """
    sex = "1" if gender == "male" else "2"
    number = f"{sex}{birth:%y%m}{commune}{order:03}"
    return f"{number}{97 - int(number) % 97:02}"


def rpps_number(serial: int) -> str:
    """A number of a professional, of 11 digits in the range of tests. `serial`: below 10⁷."""
    digits = f"997{serial:07}"
    return digits + luhn_digit(digits)


def finess_number(department: str, serial: int) -> str:
    """A number of an establishment, of 9 digits. `serial`: below 10⁵."""
    digits = f"{department}9{serial:05}"
    return digits + luhn_digit(digits)
