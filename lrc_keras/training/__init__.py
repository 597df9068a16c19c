"""Training on forces: losses, errors, stages, recipes, snapshots, checkpoints, resumable runs at one or two scales."""

from lrc_keras.recipes import RECIPES, Recipe, named
from lrc_keras.stages import Stage
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

__all__ = [
    "RECIPES",
    "SOAP",
    "CheckpointError",
    "EnergyError",
    "EnergyLoss",
    "ForceLoss",
    "ParticleEnergyLoss",
    "Recipe",
    "RelativeError",
    "SnapshotFile",
    "Snapshots",
    "Stage",
    "StressLoss",
    "TrainingDiverged",
    "cloud_shape",
    "compile_for_forces",
    "evaluation_batches",
    "fit_multiplier",
    "force_scale",
    "load_checkpoint",
    "load_snapshots",
    "make_snapshots",
    "named",
    "num_snapshots",
    "pad_neighbors",
    "phase_files",
    "progress_line",
    "read_atoms",
    "restore_weights",
    "save_checkpoint",
    "snapshots_of_atoms",
    "train",
    "train_two_scale",
    "training_batches",
    "transfer_short_range",
]
