"""Lets these tests import what they share (`from published import …`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
