"""Lets the structural tests import what they share (`from workspace_files import …`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
