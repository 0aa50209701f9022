"""Units of UCUM: codes, and measures in base units."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from esante.core.domain.ucum.conversion import conversion_of
from esante.core.domain.ucum.grammar import definitions, is_unit


@pytest.mark.parametrize(
    ("value", "code", "expected", "dimension"),
    [
        ("1.5", "kg", "1500", "g1"),
        ("1500", "g", "1500", "g1"),
        ("1", "[lb_av]", "453.59237", "g1"),
        ("120", "mm[Hg]", "15998640", "g1.m-1.s-2"),
        ("16", "kPa", "16000000", "g1.m-1.s-2"),
        ("5", "10*3/uL", "5E+12", "m-3"),
        ("5", "10*9/L", "5E+12", "m-3"),
        ("1", "mg/dL", "10", "g1.m-3"),
        ("1", "(mg/dL){calc}", "10", "g1.m-3"),
        ("36", "km/h", "10", "m1.s-1"),
        ("120", "/min", "2", "s-1"),
        ("120", "{beats}/min", "2", "s-1"),
        ("2", "N", "2000", "g1.m1.s-2"),
        ("1", "J/(kg.K)", "1", "K-1.m2.s-2"),
        ("98", "%", "0.98", "1"),
        ("7", "{score}", "7", "1"),
        # Temperatures do not begin at absolute zero.
        ("37", "Cel", "310.15", "K1"),
        ("98.6", "[degF]", "310.15", "K1"),
        ("0", "[degRe]", "273.15", "K1"),
        ("1", "mCel", "273.151", "K1"),
        # No arbitrary unit is another's.
        ("5", "[iU]/mL", "5000000", "[iU]1.m-3"),
        ("5", "[IU]/mL", "5000000", "[iU]1.m-3"),
        ("10", "dB", "1", "B1"),
        ("1", "B[SPL]", "1", "B[SPL]1"),
    ],
)
def test_base_units(value: str, code: str, expected: str, dimension: str) -> None:
    known = conversion_of(code)
    assert known is not None
    assert (known.apply(Decimal(value)), known.dimension) == (Decimal(expected), dimension)


@pytest.mark.parametrize(
    "code",
    [
        *["", "mmHg", "KG", "µg", "°C", "kg/", "kg..m", "(kg", "kg)", "{a", "1.", "m2s"],
        *["cm{a}{b}", "kcm[H2O]k", "dmin", "m²", "mg dL"],
        "(" * 60 + "m" + ")" * 60,
        "m." * 200 + "m",
    ],
)
def test_no_unit(code: str) -> None:
    assert not is_unit(code)
    assert conversion_of(code) is None


@pytest.mark.parametrize("code", ["Cel/min", "Cel2", "mol999", "10*999.10*999", "1/Cel"])
def test_a_unit_that_is_not_converted(code: str) -> None:
    assert is_unit(code)
    assert conversion_of(code) is None


def test_every_unit_is_converted() -> None:
    units, _ = definitions()
    assert len(units) > 300
    assert [code for code in units if conversion_of(code) is None] == []


_NUMBERS = st.decimals(-1_000_000, 1_000_000, allow_nan=False, places=6)
_UNITS = st.sampled_from(["[degF]", "Cel", "min", "mm[Hg]", "a", "10*-3/7", "[ft_i]/h"])


@given(_NUMBERS, _NUMBERS, _UNITS)
def test_order_is_preserved(one: Decimal, other: Decimal, code: str) -> None:
    known = conversion_of(code)
    assert known is not None
    assert (one < other) == (known.apply(one) < known.apply(other))


@given(_NUMBERS, st.sampled_from([("kg", "g", 1000), ("h", "s", 3600), ("[in_i]", "cm", "2.54")]))
def test_the_same_measure_in_two_units(number: Decimal, units: tuple[str, str, str]) -> None:
    larger, smaller = conversion_of(units[0]), conversion_of(units[1])
    assert larger is not None
    assert smaller is not None
    exact = Fraction(number) * Fraction(units[2])
    in_smaller = Decimal(exact.numerator) / Decimal(exact.denominator)
    assert larger.apply(number) == smaller.apply(in_smaller)
