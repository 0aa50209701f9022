"""`make test-deep` and `make test-kafka` import the files whose text has one of their marks."""

import re

from workspace_files import ROOT, python_files

MARK = re.compile(r"mark\.(deep|deep_only|demo_campaign|kafka)\b")


def test_a_mark_is_in_the_file_of_its_tests() -> None:
    """Elsewhere is only what marks the bus: `make test-kafka` takes all of socle."""
    marking = [path for path in python_files(tests=True) if MARK.search((ROOT / path).read_text())]
    elsewhere = [path for path in marking if not path.rpartition("/")[2].startswith("test_")]
    assert elsewhere == ["socle/tests/conftest.py"]
