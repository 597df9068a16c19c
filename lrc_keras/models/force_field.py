"""Energy to forces: a model around any energy model, trained with Keras' own compile and fit."""

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceField(keras.Model):
    """F_j = −∂U/∂x_j, Eqs. (16), (17) and (22): energy and forces of one energy model in one call.

    Trained on forces: `compile(loss={"forces": ForceLoss()})` and `fit`; the derivative of the forces with respect to
    the weights is the second derivative that TensorFlow takes through the whole network.

    Args:
        energy_model: Keras model {"positions", "neighbors"[, "sources"]} → energy (B,).
        scale: constant factor from the network's energy to the physical one. A network learns forces of size one best,
            so this is the root-mean-square force of the training data.

    Input: dict with positions (B, N, d) float and neighbors (B, N, K) int32, and what else the energy model takes.
    Output: {"energy": (B,), "forces": (B, N, d)}.
    """

    def __init__(self, energy_model, scale=1.0, **kwargs):
        if not isinstance(energy_model, keras.Model):
            raise ValueError(f"energy_model must be a keras.Model; received {energy_model!r}")
        if not 0 < scale < float("inf"):
            raise ValueError(f"scale must be a positive finite number; received {scale!r}")
        super().__init__(**kwargs)
        self.energy_model = energy_model
        self.scale = float(scale)

    def call(self, inputs):
        positions = tf.convert_to_tensor(inputs["positions"])
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(positions)
            energy = self.scale * self.energy_model({**inputs, "positions": positions})
        return {"energy": energy, "forces": -tape.gradient(energy, positions)}

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        return super().compute_loss(x, y, _known(y_pred, y), sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, _known(y_pred, y), sample_weight)

    def build(self, input_shape=None):
        # the functional energy model owns every weight and is already built
        self.built = True

    def compute_output_shape(self, input_shape):
        positions = input_shape["positions"]
        return {"energy": (positions[0],), "forces": tuple(positions)}

    def get_config(self):
        return {
            **super().get_config(),
            "energy_model": keras.saving.serialize_keras_object(self.energy_model),
            "scale": self.scale,
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["energy_model"] = keras.saving.deserialize_keras_object(config["energy_model"])
        return cls(**config)


def _known(y_pred, y):
    """The outputs that have a target: data sets with forces alone train as well."""
    return {name: y_pred[name] for name in y_pred if name in y} if isinstance(y, dict) else y_pred
