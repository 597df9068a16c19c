# ruff: noqa: F403, F405 (type checkers read the names from `api`)
"""Training on forces: losses, errors, stages, recipes, snapshots, checkpoints, resumable runs at one or two scales.

Importing this package, `recipes` or `stages` does not import TensorFlow: a command that only lists its work starts at
once. The first use of any other name imports the rest, as does importing this package after Keras. A program that
loads a saved model and uses no name of this package imports Keras first.
"""

import importlib
import sys
from typing import TYPE_CHECKING

from lrc_keras.training.recipes import RECIPES, Recipe
from lrc_keras.training.stages import Stage

if TYPE_CHECKING:
    from lrc_keras.training.api import *

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


def __getattr__(name):
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("lrc_keras.training.api"), name)


def __dir__():
    return sorted({*globals(), *__all__})


if "keras" in sys.modules:  # a program that uses Keras: a saved model can name any of the losses and optimisers
    importlib.import_module("lrc_keras.training.api")
