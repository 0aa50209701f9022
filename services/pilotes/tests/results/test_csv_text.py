"""CSV files: no text of them is run as a formula, and none is changed otherwise."""

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from pilotes.http.api.csv_text import render_csv


@given(
    st.text(max_size=40).filter(lambda text: ";" not in text),
    st.sampled_from(["=", "+", "-", "@", "\t", "\r", " =", "＝"]),
)
def test_no_text_of_a_csv_begins_a_formula(tail: str, start: str) -> None:
    content = render_csv(("label", "n"), [{"label": start + tail, "n": -4.5}]).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(content, newline="")))
    assert rows[1] == [f"'{start}{tail}", "-4.5"]


@given(st.sampled_from(["=1+1", '"=1+1"', ' "@x', "-2"]), st.text(max_size=9))
def test_nor_does_what_a_french_spreadsheet_splits_off(formula: str, before: str) -> None:
    """French spreadsheets split at semicolons, and drop a quote that begins a cell."""
    content = render_csv(("label",), [{"label": f"a{before};{formula}"}]).decode("utf-8-sig")
    cells = content.splitlines()[1:] if "\n" not in before and "\r" not in before else []
    for cell in (each for line in cells for each in line.split(";")[1:]):
        assert cell.lstrip(' "')[:1] not in set("=+-@"), content


@given(st.text(max_size=40).filter(lambda text: text[:1].isalnum() and ";" not in text))
def test_other_texts_stay_as_they_were(text: str) -> None:
    content = render_csv(("label",), [{"label": text}]).decode("utf-8-sig")
    assert next(iter(list(csv.reader(io.StringIO(content, newline="")))[1:])) == [text]
