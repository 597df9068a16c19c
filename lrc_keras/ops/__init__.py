"""Functions of tensors, without weights and without Keras layers."""

import keras

from lrc_keras.ops.modes import modes_within
from lrc_keras.ops.neighbors import neighbor_list
from lrc_keras.ops.nufft import nufft_type1, nufft_type2
from lrc_keras.ops.pairwise import direct_convolution, nudft_type1, nudft_type2
from lrc_keras.ops.plans import NufftPlan
from lrc_keras.ops.quadrature import quadrature_weights
from lrc_keras.ops.torus import displacement

if keras.config.backend() != "tensorflow":  # set in Keras' configuration file
    raise ImportError(f'lrc_keras needs the Keras backend "tensorflow"; received "{keras.config.backend()}"')

__all__ = [
    "NufftPlan",
    "direct_convolution",
    "displacement",
    "modes_within",
    "neighbor_list",
    "nudft_type1",
    "nudft_type2",
    "nufft_type1",
    "nufft_type2",
    "quadrature_weights",
]
