"""Keras layers. They hold weights and configuration; `lrc_keras.ops` holds the mathematics."""

from lrc_keras.layers.analytic_multipliers import CoulombMultiplier, GaussianMultiplier, PowerLaw
from lrc_keras.layers.composed_multipliers import GradientMultiplier, SumMultiplier
from lrc_keras.layers.descriptors import ShortRangeDescriptor
from lrc_keras.layers.learned_multipliers import FreeMultiplier, RadialMultiplier
from lrc_keras.layers.long_range_convolution import LongRangeConvolution
from lrc_keras.layers.multipliers import FourierMultiplier, ScreenedCoulombMultiplier
from lrc_keras.layers.networks import Pyramid, ResidualFitting

__all__ = [
    "CoulombMultiplier",
    "FourierMultiplier",
    "FreeMultiplier",
    "GaussianMultiplier",
    "GradientMultiplier",
    "LongRangeConvolution",
    "PowerLaw",
    "Pyramid",
    "RadialMultiplier",
    "ResidualFitting",
    "ScreenedCoulombMultiplier",
    "ShortRangeDescriptor",
    "SumMultiplier",
]
