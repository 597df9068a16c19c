"""The networks of Figs. 4–6, built from layers, and force fields, which differentiate their energies."""

from lrc_keras.models.adaptation import adapt
from lrc_keras.models.energy_model import energy_inputs, saved_model_signature
from lrc_keras.models.export import export_saved_model
from lrc_keras.models.force_field import ForceField
from lrc_keras.models.full_range import build_full_range_model
from lrc_keras.models.point_operator import build_point_operator
from lrc_keras.models.short_range import build_short_range_model

__all__ = [
    "ForceField",
    "adapt",
    "build_full_range_model",
    "build_point_operator",
    "build_short_range_model",
    "energy_inputs",
    "export_saved_model",
    "saved_model_signature",
]
