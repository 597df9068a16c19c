"""The two-dimensional experiments of Section 5.2: Tables 3, 4 and 5, Figure 8.

python experiments/run_2d.py table4 --preset demo
python experiments/run_2d.py figure8 --preset quick --only kernel=exponential alpha=0.9
python experiments/run_2d.py all
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments.paper.two_dimensions import ITEMS
from experiments.running.command import main

if __name__ == "__main__":
    sys.exit(main("Two-dimensional experiments of the paper.", ITEMS))
