"""The three networks of the example, trained ones for cells of any length, and the data that they take.

    short-range:  U = Σ_i F(D_i),                    D_i = what ion i sees within R;
    species:      U = Σ_i F(D_i) + ½ Σ_i q_i u_i,    one charge q for each element, learned;
    latent:       the same, with charges that are a learned linear function of D_i.

u is the output of the layer with Coulomb's law for Gaussian charges of width σ. Charges of a cell have the sum zero.
"""

from pathlib import Path

import keras
import numpy as np
from ase.io import read

from experiments.examples.rock_salt.structures import COULOMB, SPECIES
from lrc_keras.layers import CoulombMultiplier
from lrc_keras.models import ForceField, build_full_range_model, build_short_range_model
from lrc_keras.ops import modes_within
from lrc_keras.training import read_atoms

DATA = Path(__file__).parent / "data"
MODELS = ("short-range", "species", "latent")
CUTOFF, SMEARING = 4.0, 1.25  # Å; of a Gaussian charge, erfc(R/√2σ) = 0.001 is left beyond R
WAVENUMBER = 2.9  # 1/Å: exp(−σ²k²/2) = 0.001 is left beyond it
NUM_MODES = 13  # enough for all cells of 64 ions
OPTIONS = {"half_list": True, "cell_images": True}


def load(purpose, dtype="float32"):
    """ "training", "test" or "larger": a list of `Snapshots`, one for each number of ions."""
    return read_atoms(DATA / f"{purpose}.xyz.gz", cutoff=CUTOFF, species=SPECIES, dtype=dtype, **OPTIONS)


def frames(purpose):
    """The same configurations as a list of `ase.Atoms`, which also hold the charges."""
    return read(DATA / f"{purpose}.xyz.gz", index=":")


def build(name, num_modes=NUM_MODES, dtype="float32", scale=1.0):
    """A fresh `ForceField` of `MODELS` for any number of ions in any cell."""
    geometry = {"num_points": None, "dim": 3, "box_length": None, "cutoff": CUTOFF}
    options = {"num_species": 2, "smooth_cutoff": True, "dtype": dtype, **OPTIONS}
    if name == "short-range":
        model = build_short_range_model(**geometry, **options)
    else:
        charges = {"sources": name, "neutral": True, "long_range_features": False}
        coulomb = CoulombMultiplier(SMEARING, dtype=dtype)
        model = build_full_range_model(**geometry, **options, **charges, num_modes=num_modes, multiplier=coulomb)
    return ForceField(model, scale=scale, stress=True)


def trained(name, folder, cells, dtype="float64"):
    """A trained `ForceField` with as many modes as some cells, (..., 3, 3), need.

    The weights do not depend on the number of modes, nor on the precision. `train.py` has written them to `folder`.
    """
    force_field = build(name, modes_within(WAVENUMBER, cells), dtype)
    force_field.load_weights(Path(folder) / f"{name}.weights.h5")
    return force_field


def charges(force_field, inputs):
    """The learned charges in e, positive for sodium: (S, N) float64. Raises: ValueError without charges."""
    model = force_field.energy_model
    found = np.asarray(keras.Model(model.inputs, model.get_layer("neutral_charges").output)(inputs), np.float64)[..., 0]
    sign = np.sign(np.mean(found[inputs["species"] == SPECIES.index("Na")]))
    return sign * np.sqrt(force_field.scale / COULOMB) * found
