"""Training on forces: losses, errors, stages, recipes, snapshots, checkpoints, resumable runs at one or two scales."""

from lrc_keras.training.checkpoints import CheckpointError, load_checkpoint, restore_weights, save_checkpoint
from lrc_keras.training.loop import compile_for_forces, train
from lrc_keras.training.losses import EnergyLoss, ForceLoss
from lrc_keras.training.metrics import EnergyError, RelativeError
from lrc_keras.training.progress import CurveLog, progress_line
from lrc_keras.training.recipes import RECIPES, Recipe
from lrc_keras.training.reports import TrainingDiverged
from lrc_keras.training.snapshots import (
    Snapshots,
    evaluation_batches,
    load_snapshots,
    pad_neighbors,
    training_batches,
)
from lrc_keras.training.soap import SOAP
from lrc_keras.training.stages import Stage, StagedDecay
from lrc_keras.training.transfer import transfer_short_range
from lrc_keras.training.two_scale import phase_files, train_two_scale

__all__ = [
    "RECIPES",
    "SOAP",
    "CheckpointError",
    "CurveLog",
    "EnergyError",
    "EnergyLoss",
    "ForceLoss",
    "Recipe",
    "RelativeError",
    "Snapshots",
    "Stage",
    "StagedDecay",
    "TrainingDiverged",
    "compile_for_forces",
    "evaluation_batches",
    "load_checkpoint",
    "load_snapshots",
    "pad_neighbors",
    "phase_files",
    "progress_line",
    "restore_weights",
    "save_checkpoint",
    "train",
    "train_two_scale",
    "training_batches",
    "transfer_short_range",
]
