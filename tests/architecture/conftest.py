"""Lets the structural tests import what they share (`from house_files import …`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
