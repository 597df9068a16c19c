"""The one-dimensional experiments of Section 5.1: Tables 1, 2 and 5, Figure 7 left; and Figure 3.

python experiments/run_1d.py table1 --preset demo
python experiments/run_1d.py table2 --preset quick --only modes=none,63 --list
python experiments/run_1d.py figure3
python experiments/run_1d.py all
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from experiments.paper.one_dimension import ITEMS
from experiments.paper.reports import FIGURE3
from experiments.running.command import main
from experiments.studies.figure3 import report

REPORTS = {"figure3": (FIGURE3.title, report)}

if __name__ == "__main__":
    sys.exit(main("One-dimensional experiments of the paper.", ITEMS, REPORTS))
