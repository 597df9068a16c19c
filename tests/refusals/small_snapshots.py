"""Snapshots for the refusals of `lrc_keras.training`."""

import numpy as np

from lrc_keras.training import Snapshots


def some_snapshots(count=4, num_points=3):
    zeros = np.zeros((count, num_points, 1))
    return Snapshots(zeros, np.full((count, num_points, 2), -1, "int32"), np.zeros(count), zeros)
