"""Lets these tests import the independent rules in the tests of mobilité."""

import sys
from pathlib import Path

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parents[1] / "services" / "mobilite" / "tests" / "support")]
