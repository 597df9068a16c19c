# ruff: noqa: F401 (the package takes its public names from here)
"""The public names of `lrc_keras.training` that need TensorFlow. The package imports this module when one is used.

They are imported together, because importing registers the losses, metrics and the optimiser with Keras, and a saved
model that is loaded may hold any of them.
"""

from lrc_keras.training.checkpoints import CheckpointError, load_checkpoint, restore_weights, save_checkpoint
from lrc_keras.training.data.atoms import read_atoms, snapshots_of_atoms
from lrc_keras.training.data.batches import (
    cloud_shape,
    evaluation_batches,
    force_scale,
    num_snapshots,
    training_batches,
)
from lrc_keras.training.data.files import SnapshotFile, load_snapshots
from lrc_keras.training.data.preparation import make_snapshots
from lrc_keras.training.data.snapshots import Snapshots, pad_neighbors
from lrc_keras.training.fitting.multiplier_fit import fit_multiplier
from lrc_keras.training.fitting.reports import TrainingDiverged, progress_line
from lrc_keras.training.loop import train
from lrc_keras.training.objective.losses import EnergyLoss, ForceLoss, ParticleEnergyLoss, StressLoss
from lrc_keras.training.objective.metrics import EnergyError, RelativeError
from lrc_keras.training.objective.objectives import compile_for_forces
from lrc_keras.training.soap import SOAP
from lrc_keras.training.transfer import transfer_short_range
from lrc_keras.training.two_scale import phase_files, train_two_scale
