"""Training on forces: loss, error, stages, recipes, snapshots, checkpoints and the resumable run."""

from lrc_keras.training.checkpoints import CheckpointError, load_checkpoint, save_checkpoint
from lrc_keras.training.loop import TrainingDiverged, compile_for_forces, train
from lrc_keras.training.losses import ForceLoss
from lrc_keras.training.metrics import RelativeError
from lrc_keras.training.recipes import Recipe
from lrc_keras.training.snapshots import (
    Snapshots,
    evaluation_batches,
    load_snapshots,
    pad_neighbors,
    training_batches,
)
from lrc_keras.training.soap import SOAP
from lrc_keras.training.stages import Stage, StagedDecay

__all__ = [
    "SOAP",
    "CheckpointError",
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
    "save_checkpoint",
    "train",
    "training_batches",
]
