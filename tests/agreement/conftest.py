"""Lets these tests import the independent rules in the tests of mobilité."""

import sys
from pathlib import Path

_HERE = Path(__file__).parent
_MOBILITE = _HERE.parents[1] / "services" / "mobilite" / "tests"
sys.path[:0] = [str(_HERE), str(_MOBILITE / "support"), str(_MOBILITE / "references")]
