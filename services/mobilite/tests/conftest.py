"""Lets the tests of this service import what they share (`from cities import …`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
