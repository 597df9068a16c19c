"""From a recipe to its optimiser."""

import keras

from lrc_keras.training.soap import SOAP

CLASSES = {"adam": keras.optimizers.Adam, "soap": SOAP}


def make_optimizer(recipe, num_snapshots):
    """A fresh Keras optimiser with the rate of a `Recipe`, which keeps the average of the weights if there is one.

    Args:
        recipe: `Recipe`.
        num_snapshots: S of the training set.

    Raises: TypeError or ValueError of Keras for options that the optimiser does not take.
    """
    averaging = {} if recipe.average is None else {"use_ema": True, "ema_momentum": recipe.average}
    return CLASSES[recipe.optimizer](recipe.schedule(num_snapshots), **recipe.options, **averaging)
