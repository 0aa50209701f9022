"""Lets the contract tests import what they share (`from contract_files import …`)."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
