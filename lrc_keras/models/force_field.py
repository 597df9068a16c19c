"""Energy to forces: a model around any energy model, trained with Keras' own compile and fit."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.ops.arguments import check_count, check_positive


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceField(keras.Model):
    """F_j = −∂U/∂x_j, Eqs. (16), (17) and (22): energy and forces of one energy model in one call.

    Trained on forces (Section 5): `compile(loss={"forces": ForceLoss()})` and `fit`; the derivative of the forces with
    respect to the weights is the second derivative that TensorFlow takes through the whole network. Energies may be
    trained as well: `compile(loss={"forces": ForceLoss(), "energy": EnergyLoss()}, loss_weights={...})`.

    Forces fix the energy up to a constant (Section 5). `fit_energy_shift` finds it afterwards from some energies; it is
    a weight of its own, which no training changes and which is saved with the model. It is a shift for each particle,
    so that U = scale · U_network + N · energy_shift: for one N that is the constant, and for boxes of other sizes, of
    which the two-scale strategy has two, a constant that grows with N is the one that can hold.

    Args:
        energy_model: Keras model {"positions", "neighbors"[, ...]} → energy (B,), or particle energies (B, N), which
            are summed here.
        scale: constant factor from the network's energy to the physical one, positive. A network learns forces of size
            one best, so this is the root-mean-square force of the training data.
        dtype: default that of the energy model's positions.

    Input: dict with positions (B, N, d) float and neighbors (B, N, K) int32, and what else the energy model takes.
    Output: {"energy": (B,), "forces": (B, N, d)} in the units of the training data, and "particle_energies" (B, N),
    each with its share `energy_shift`, when the energy model gives them.
    Raises: ValueError naming the argument, what was expected and what was received.

    Example:
        >>> from lrc_keras.models import ForceField, build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> force_field = ForceField(build_short_range_model(20, dim=2, box_length=5.0, cutoff=1.5))
        >>> positions = np.random.default_rng(0).uniform(0, 5, (3, 20, 2)).astype("float32")
        >>> outputs = force_field({"positions": positions, "neighbors": neighbor_list(positions, 5.0, 1.5)})
        >>> outputs["energy"].shape, outputs["forces"].shape
        (TensorShape([3]), TensorShape([3, 20, 2]))
    """

    def __init__(self, energy_model, scale=1.0, **kwargs):
        if not isinstance(energy_model, keras.Model):
            raise ValueError(f"energy_model must be a keras.Model; received {energy_model!r}")
        scale = check_positive("scale", scale)
        kwargs.setdefault("dtype", _positions_dtype(energy_model))
        super().__init__(**kwargs)
        self.energy_model = energy_model
        self.scale = scale
        self.energy_shift = self.add_weight(name="energy_shift", shape=(), initializer="zeros", trainable=False)

    def call(self, inputs):
        positions = tf.convert_to_tensor(inputs["positions"])
        shift = tf.convert_to_tensor(self.energy_shift)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(positions)
            unshifted = self.scale * self.energy_model({**inputs, "positions": positions})
        outputs = {"forces": -tape.gradient(unshifted, positions)}
        if unshifted.shape.rank == 2:
            outputs["particle_energies"] = unshifted + shift
            outputs["energy"] = tf.reduce_sum(outputs["particle_energies"], axis=1)
        else:
            outputs["energy"] = unshifted + tf.cast(tf.shape(positions)[1], shift.dtype) * shift
        return outputs

    def fit_energy_shift(self, inputs, energies=None, batch_size=32):
        """Sets the shift that forces leave open, by least squares: c = Σ_ℓ N (U_ℓ − U_ℓ^NN) / Σ_ℓ N² (Section 5).

        Args:
            inputs: dict of arrays, positions (S, N, d), neighbors (S, N, K) and what else the energy model takes; or a
                finite `tf.data.Dataset` of (inputs, {"energy": (B,), ...}), whose batches may differ in size and in N.
            energies: (S,) float, the true energies U; with a dataset None.
            batch_size: snapshots at a time, when `inputs` are arrays.

        Returns: the new shift for each particle, a float.
        Raises: ValueError naming the argument, what was expected and what was received.
        """
        check_count("batch_size", batch_size)
        if not isinstance(inputs, tf.data.Dataset) and not (isinstance(inputs, dict) and "positions" in inputs):
            raise ValueError(f"inputs must be a dict with positions, or a dataset; received {type(inputs).__name__}")
        above, below = 0.0, 0.0
        for batch, true in _energy_batches(inputs, energies, batch_size):
            num_points = batch["positions"].shape[1]
            predicted = self.scale * np.asarray(self.energy_model(batch), np.float64)
            missing = np.asarray(true, np.float64) - predicted.reshape(len(predicted), -1).sum(axis=1)
            above += num_points * missing.sum()
            below += num_points**2 * len(missing)
        if not (below and np.isfinite(above)):
            raise ValueError(f"energies must be at least one, and finite; received a sum of differences of {above}")
        self.energy_shift.assign(above / below)
        return above / below

    def export(self, filepath, *args, input_signature=None, **kwargs):
        """Keras' own export, with the inputs named and B and K left open; see `export_saved_model`, which is safer."""
        signature = input_signature or [saved_model_signature(self)]
        if not self.built:
            self.build()
        return super().export(filepath, *args, input_signature=signature, **kwargs)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if isinstance(y, dict) and isinstance(self.loss, dict) and not set(self.loss) <= set(y):
            raise ValueError(f"y must hold a target for every loss, {sorted(self.loss)}; received {sorted(y)}")
        return super().compute_loss(x, y, _known(y_pred, y), sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, y, _known(y_pred, y), sample_weight)

    def build(self, input_shape=None):
        # the energy model owns every other weight and is already built
        self.built = True

    def compute_output_shape(self, input_shape):
        positions = tuple(input_shape["positions"])
        shapes = {"energy": positions[:1], "forces": positions}
        known = getattr(self.energy_model, "output_shape", None)  # of a functional model
        if len(known or self.energy_model.compute_output_shape(input_shape)) == 2:
            shapes["particle_energies"] = positions[:2]
        return shapes

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


def supports_jit(model):
    """Whether XLA can compile every layer of a Keras model, which a layer with method "finufft" does not let it."""
    return all(layer.supports_jit for layer in model._flatten_layers())


def saved_model_signature(force_field):
    """The inputs that the energy model must have, as a dict of `tf.TensorSpec`: all but the optional `pairs`.

    Raises: ValueError when the energy model is no functional model with named inputs, as those of this package are.
    """
    inputs = getattr(force_field.energy_model, "input", None)
    if not isinstance(inputs, dict):
        raise ValueError(
            "input_signature must be given for an energy model that is no functional keras.Model with a dict of "
            f"inputs; received None with {force_field.energy_model!r}"
        )
    return {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
        for name, tensor in inputs.items()
        if not force_field.energy_model.get_layer(tensor.name).optional
    }


def _positions_dtype(energy_model):
    """What the energy model wants positions in: Keras would cast float64 ones to a float32 model's precision."""
    inputs = getattr(energy_model, "inputs", None) or ()
    return next((tensor.dtype for tensor in inputs if tensor.name == "positions"), energy_model.dtype_policy)


def _known(y_pred, y):
    """The outputs that have a target: data sets with forces alone train as well."""
    return {name: y_pred[name] for name in y_pred if name in y} if isinstance(y, dict) else y_pred


def _energy_batches(inputs, energies, batch_size):
    """Pairs of inputs and energies (B,), from arrays or from a dataset."""
    if isinstance(inputs, tf.data.Dataset):
        if inputs.cardinality() < 0:  # infinite, or unknown as that of an endless stream is
            raise ValueError(
                "inputs must be a finite dataset, such as evaluation_batches(...); received an endless one"
            )
        for batch, targets in inputs:
            if "energy" not in targets:
                raise ValueError(f"inputs must be a dataset with targets 'energy'; received {sorted(targets)}")
            yield batch, targets["energy"]
        return
    count = len(inputs["positions"])
    if np.shape(energies) != (count,):
        raise ValueError(f"energies must have shape ({count},), one for each snapshot; received {np.shape(energies)}")
    for start in range(0, count, batch_size):
        rows = slice(start, start + batch_size)
        yield {name: tf.convert_to_tensor(values[rows]) for name, values in inputs.items()}, energies[rows]
