"""The three-dimensional experiments of Section 5.3: Table 6.

python experiments/run_3d.py table6 --preset demo
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments.paper.three_dimensions import ITEMS
from experiments.running.command import main

if __name__ == "__main__":
    sys.exit(main("Three-dimensional experiments of the paper.", ITEMS))
