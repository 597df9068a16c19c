"""The experiments of Section 5: their settings, their runs, and the values printed in the paper."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]  # of the repository
