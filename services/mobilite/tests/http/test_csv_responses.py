"""Rows as CSV, for spreadsheets too."""

import csv
import io
from typing import Any

import pytest
from fastapi import Request

from mobilite.http.api.csv_responses import csv_response


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("+33", "'+33"),
        ("-1", "'-1"),
        ("@SUM(1)", "'@SUM(1)"),
        ("\t=1", "'\t=1"),
        ("tao:A", "tao:A"),
        ("a=1", "a=1"),
        (-1, "-1"),
        (-0.5, "-0.5"),
        (True, "true"),
        (None, ""),
    ],
)
def test_a_text_is_no_formula(value: Any, cell: str) -> None:
    request = Request({"type": "http", "headers": []})
    answer = csv_response(request, ["route"], [{"route": value}], name="lignes.csv")
    lines = bytes(answer.body).decode()
    assert [*csv.reader(io.StringIO(lines, newline=""))][1:] == [[cell]]
