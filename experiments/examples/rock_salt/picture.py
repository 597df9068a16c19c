"""The picture of the example, from its records.

python experiments/examples/rock_salt/picture.py [--records FOLDER] [--out results/drawn]
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import numpy as np
from matplotlib.figure import Figure

from experiments.examples.options import make_folder
from experiments.running.options import Parser
from figures.plotting.style import BLACK, BLUE, GREEN, GREY, VERMILION, house_style, save_figure

RECORDS = Path(__file__).parent / "records"
COLORS = {"short-range": VERMILION, "species": GREEN, "latent": BLUE}
LABELS = {"short-range": "short-range", "species": "charges for elements", "latent": "latent charges"}


def read_records(folder):
    """The records in a folder, by name: evaluation, tblite, dynamics. The reference is the committed one by default."""
    paths = {name: Path(folder) / f"{name}.json" for name in ("evaluation", "tblite", "dynamics")}
    if not paths["tblite"].exists():
        paths["tblite"] = RECORDS / "tblite.json"
    return {name: json.loads(path.read_text()) for name, path in paths.items()}


def draw_errors(axes, evaluation):
    """Force errors of each group of the test set, as bars."""
    groups = list(evaluation["spread"])
    for shift, (name, color) in enumerate(COLORS.items()):
        if name not in evaluation["errors"]:
            continue
        heights = [evaluation["errors"][name][group]["forces"] for group in groups]
        axes.bar(np.arange(len(groups)) + 0.27 * (shift - 1), heights, 0.25, color=color, label=LABELS[name])
    axes.set_xticks(range(len(groups)), [group.replace(" ", "\n") for group in groups])
    axes.set(ylabel="force error, eV/Å", title="test set, by number of ions and kind", ylim=(0, 0.24))
    axes.legend(loc="upper left", ncols=2)


def draw_charges(axes, evaluation):
    """Latent charges against the charges of GFN1-xTB, of both elements, without their sign; nothing without them."""
    if "latent" not in evaluation["charges"]:
        axes.set_axis_off()
        return
    found, reference = np.array(evaluation["charges"]["latent"]["shown"])
    for sign, color, label in ((1, BLUE, "Na"), (-1, VERMILION, "Cl")):
        rows = np.sign(found) == sign
        axes.plot(np.abs(reference[rows]), np.abs(found[rows]), ".", color=color, label=label, markersize=4)
    axes.set(xlabel="|charge| of GFN1-xTB, e", ylabel="|latent charge|, e", title="charges of the test set")
    axes.legend()


def draw_phonons(axes, evaluation, tblite):
    """Phonon branches: lines of the networks, marks of GFN1-xTB. The longitudinal optical one ends before q = 0."""
    for name in evaluation["properties"]:
        for polarisation, style in (("longitudinal", "-"), ("transverse", "--")):
            branch = evaluation["properties"][name][f"{polarisation} 12"]
            for kind in ("optical", "acoustic"):
                start = 1 if kind == "optical" and polarisation == "longitudinal" else 0
                axes.plot(branch["q"][start:], branch[kind][start:], style, color=COLORS[name], linewidth=1.4)
    for polarisation, mark in (("longitudinal", "o"), ("transverse", "s")):
        branch = tblite[f"{polarisation} 4"]
        for kind in ("optical", "acoustic"):
            start = 1 if kind == "optical" and polarisation == "longitudinal" else 0
            axes.plot(branch["q"][start:], branch[kind][start:], mark, color=BLACK, markersize=4)
    axes.set(xlabel="q along [100], 2π/a", ylabel="frequency, THz", title="marks: GFN1-xTB; dashed: transverse")


def draw_dynamics(axes, dynamics):
    """Density over time, and the conserved energy on a second axis."""
    rows = dynamics["NPT"]
    axes.plot(rows["time"], rows["density"], color=BLUE)
    axes.set(xlabel="time, ps", ylabel="density, g/cm³", title="melt at 1,200 K and pressure zero")
    energy = axes.twinx()
    energy.plot(rows["time"], rows["conserved"], color=GREY, linewidth=1.2)
    energy.set_ylabel("conserved energy, meV an ion", color=GREY)


def draw(records):
    """A `Figure` of the three records."""
    with house_style():
        figure = Figure(figsize=(11.5, 7.6), layout="constrained")
        (errors, charges), (phonons, dynamics) = figure.subplots(2, 2)
        draw_errors(errors, records["evaluation"])
        draw_charges(charges, records["evaluation"])
        draw_phonons(phonons, records["evaluation"], records["tblite"])
        draw_dynamics(dynamics, records["dynamics"])
    return figure


def main(arguments=None):
    """Draws the picture. Returns 0."""
    parser = Parser(description=__doc__)
    parser.add_argument("--records", type=Path, default=RECORDS, help="folder of the records; default the committed")
    parser.add_argument("--out", type=Path, default=Path("results/drawn"), help="folder (%(default)s)")
    options = parser.parse_args(arguments)
    make_folder(parser, options.out)
    path = options.out / "rock_salt.png"
    try:
        records = read_records(options.records)
    except FileNotFoundError as error:
        parser.error(f"--records must be a folder with the records of evaluate.py and dynamics.py; {error}")
    save_figure(draw(records), path)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
