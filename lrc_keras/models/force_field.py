"""Force fields: energy, forces and stress of an energy model, trained with Keras' compile and fit."""

import keras
import numpy as np
import tensorflow as tf

from lrc_keras.arguments import check_count, check_flag, check_positive
from lrc_keras.models.energy_model import check_exportable, positions_dtype, saved_model_signature
from lrc_keras.models.reference_energies import count_species, fit_references
from lrc_keras.ops.arguments import known_cell
from lrc_keras.ops.cells import Cell


@keras.saving.register_keras_serializable(package="lrc_keras")
class ForceField(keras.Model):
    """F_j = −∂U/∂x_j, Eqs. (16), (17) and (22): energy, forces and stress of one energy model in one call.

    The model is trained on forces (Section 5) with `compile(loss={"forces": ForceLoss()})` and `fit`. Other outputs may
    be trained too: `compile(loss={"forces": ForceLoss(), "energy": EnergyLoss()}, loss_weights={...})`. As in any Keras
    model, layers such as `Dropout` and `BatchNormalization` of the energy model act in training alone, with
    `training=True` in a call.

    Forces determine the energy up to a constant (Section 5). Here U = scale · U_network + Σ_i e(species of i), where
    `fit_reference_energies` fits the reference energies e. Training does not change them. They are added in float64,
    because the energies of free atoms are too large for float32.

    Args:
        energy_model: Keras model {"positions", "neighbors"[, ...]} → energy (B,) or particle energies (B, N).
        scale: positive factor of the network's energy. Networks learn forces of size one best, so a good value is the
            root-mean-square force of the training data.
        stress: whether to compute the stress, for an energy model with the input "cell".
        num_species: number of kinds of particles with a reference energy each; default that of the layers of the
            energy model, such as the descriptor's, or 1.
        dtype: default that of the energy model's positions.

    Attributes: `scale`, float, may be set; `reference_energies`, float64 (number of species or 1,). Both are
    non-trainable weights.

    Input: a dict with positions (B, N, d) float, neighbors (B, N, K) int32 and the other inputs of the energy model.
    Positions are first cast to the dtype: wrap float64 positions that lie many boxes away before a float32 model gets
    them, because float32 positions of size x have steps of 1e-7 x.
    Output: {"energy": (B,) float64, "forces": (B, N, d)} in the units of the training data. If the energy model returns
    particle energies, also "particle_energies" (B, N) float64 with reference energies. With `stress`, also "stress"
    (B, d, d): (1/V) ∂U/∂ε for a symmetric strain x → x (1 + ε) of points and cell, in energy per volume. It is negative
    when expansion lowers the energy, as in ASE.
    Raises: ValueError naming the argument.

    Example:
        >>> from lrc_keras.models import ForceField, build_short_range_model
        >>> from lrc_keras.ops import neighbor_list
        >>> force_field = ForceField(build_short_range_model(20, dim=2, box_length=5.0, cutoff=1.5))
        >>> positions = np.random.default_rng(0).uniform(0, 5, (3, 20, 2)).astype("float32")
        >>> outputs = force_field({"positions": positions, "neighbors": neighbor_list(positions, 5.0, 1.5)})
        >>> outputs["energy"].shape, outputs["forces"].shape
        (TensorShape([3]), TensorShape([3, 20, 2]))
    """

    def __init__(self, energy_model, scale=1.0, stress=False, num_species=None, **kwargs):
        if not isinstance(energy_model, keras.Model):
            raise ValueError(f"energy_model must be a keras.Model; received {energy_model!r}")
        scale = check_positive("scale", scale)
        stress, inputs = check_flag("stress", stress), getattr(energy_model, "input", None)
        if stress and not (isinstance(inputs, dict) and "cell" in inputs):
            raise ValueError("stress must be False for an energy model without the input 'cell'; received True")
        num_species = count_species(energy_model, num_species)
        kwargs.setdefault("dtype", positions_dtype(energy_model))
        super().__init__(**kwargs)
        self.energy_model = energy_model
        self.stress = stress
        options = {"trainable": False, "dtype": "float64", "autocast": False}  # not cast under a mixed policy either
        self._scale = self.add_weight(name="scale", shape=(), initializer="ones", **options)
        self.reference_energies = self.add_weight(
            name="reference_energies", shape=(num_species,), initializer="zeros", **options
        )
        self.scale = scale
        self._wanted = set()
        self.built = energy_model.built  # nothing else needs to be built

    @property
    def scale(self):
        """Factor of the network's energy."""
        return float(self._scale.numpy())

    @scale.setter
    def scale(self, value):
        self._scale.assign(check_positive("scale", value))

    def call(self, inputs, training=None):
        positions = tf.convert_to_tensor(inputs["positions"])
        strain = None
        if self.stress:
            dim = positions.shape[-1]
            inputs = {**inputs, "cell": known_cell(tf.convert_to_tensor(inputs["cell"]), dim)}
            strain = tf.zeros([tf.shape(positions)[0], dim, dim], positions.dtype)
        variables = [positions] if strain is None else [positions, strain]
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(variables)
            moved = {**inputs, "positions": positions, **_strained(inputs, positions, strain)}
            unscaled = self.energy_model(moved, training=training)
        scale = tf.convert_to_tensor(self._scale)
        slopes = tape.gradient(unscaled, variables, unconnected_gradients="zero")
        outputs = {"forces": tf.cast(-scale, positions.dtype) * slopes[0]}
        if strain is not None:
            factors = scale / Cell.of(inputs["cell"]).volume[:, tf.newaxis, tf.newaxis]
            outputs["stress"] = tf.cast(factors, positions.dtype) * slopes[1]
        return {**outputs, **self._energies(scale * tf.cast(unscaled, tf.float64), inputs)}

    def _energies(self, energies, inputs):
        """Adds the reference energies: the outputs "energy" and, if available, "particle_energies"."""
        if energies.shape.rank not in (1, 2, None):
            raise ValueError(
                "energy_model must return energies (B,) or particle energies (B, N); received shape "
                f"{tuple(energies.shape)}"
            )
        references = tf.convert_to_tensor(self.reference_energies)
        if "species" not in inputs:
            references = references * tf.ones_like(inputs["positions"][..., 0], dtype=tf.float64)  # (B, N)
        elif references.shape == (1,):
            references = references * tf.cast(inputs["species"] >= 0, tf.float64)
        else:
            references = tf.linalg.matvec(
                tf.one_hot(inputs["species"], references.shape[0], dtype=tf.float64), references
            )
        if self._gives_particle_energies(self._output_shape or energies.shape):
            return {"energy": tf.reduce_sum(energies + references, 1), "particle_energies": energies + references}
        return {"energy": tf.reshape(energies, [-1]) + tf.reduce_sum(references, 1)}

    @property
    def _output_shape(self):
        """The output shape of the energy model, which only functional models know, or None."""
        return getattr(self.energy_model, "output_shape", None)

    def _gives_particle_energies(self, shape):
        """Whether the energy model returns particle energies (B, N). A shape (B, 1) means one energy per cloud.

        In a model of single points, N = 1, the energy of a cloud is that of its particle.
        """
        inputs = getattr(self.energy_model, "input", None)
        single = isinstance(inputs, dict) and "positions" in inputs and inputs["positions"].shape[1] == 1
        return len(shape) == 2 and (single or shape[1] != 1)

    def fit_reference_energies(self, inputs, energies=None, batch_size=32):
        """Sets the reference energies, which forces do not determine, by least squares (Section 5).

        For one kind of particle, e = Σ_ℓ N_ℓ (U_ℓ − U_ℓ^NN) / Σ_ℓ N_ℓ². For several kinds, e is the minimum-norm
        solution, because clouds of equal composition do not determine e uniquely.

        Args:
            inputs: dict of arrays with positions (S, N, d), neighbors (S, N, K) and the other inputs of the energy
                model; or a `tf.data.Dataset` of known, finite cardinality with (inputs, {"energy": (B,), ...}), whose
                batches may differ in N.
            energies: (S,) float, the true energies U; None for a dataset.
            batch_size: snapshots per batch, for arrays.

        Returns: the new reference energies, (number of species or 1,) float64.
        Raises: ValueError naming the argument.
        """
        check_count("batch_size", batch_size)

        def network_energies(batch):
            values = self.scale * np.asarray(self.energy_model(batch, training=False), np.float64)
            return values.reshape(len(values), -1).sum(axis=1)

        found = fit_references(network_energies, self.reference_energies.shape[0], inputs, energies, batch_size)
        self.reference_energies.assign(found)
        return found

    def export(self, filepath, *args, input_signature=None, **kwargs):
        """Keras' export, with named inputs and any B and K. `export_saved_model` also writes atomically.

        Raises: ValueError for a layer with method "finufft", which a SavedModel cannot run.
        """
        check_exportable(self)
        signature = input_signature or [saved_model_signature(self)]
        return super().export(filepath, *args, input_signature=signature, **kwargs)

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None, **kwargs):
        super().compile(optimizer, loss, loss_weights, metrics, weighted_metrics, **kwargs)
        named = (group for group in (loss, metrics, weighted_metrics) if isinstance(group, dict))
        self._wanted = set().union(*named)  # with a missing target, Keras would match outputs by position

    def compile_from_config(self, config):
        """Restores the optimiser of a loaded model. Keras omits this for models that override `compile`."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        if isinstance(y, dict) and not self._wanted <= set(y):
            raise ValueError(
                f"y must hold a target for every loss and metric, {sorted(self._wanted)}; received {sorted(y)}"
            )
        return super().compute_loss(x, *_in_both(y, y_pred), sample_weight, training)

    def compute_metrics(self, x, y, y_pred, sample_weight=None):
        return super().compute_metrics(x, *_in_both(y, y_pred), sample_weight)

    def build(self, input_shape=None):
        """Nothing is built but the energy model. Raises: ValueError without a shape when that model is not built."""
        if input_shape is None and not self.energy_model.built:
            raise ValueError("energy_model must be built: call the force field once with some inputs")
        self.built = True

    def compute_output_shape(self, input_shape):
        positions = tuple(input_shape["positions"])
        shapes = {"energy": positions[:1], "forces": positions}
        if self._gives_particle_energies(self._output_shape or self.energy_model.compute_output_shape(input_shape)):
            shapes["particle_energies"] = positions[:2]
        if self.stress:
            shapes["stress"] = (positions[0], positions[2], positions[2])
        return shapes

    def compute_output_spec(self, inputs, training=None):
        shapes = self.compute_output_shape({name: tensor.shape for name, tensor in inputs.items()})
        dtypes = dict.fromkeys(("energy", "particle_energies"), "float64")
        return {name: keras.KerasTensor(size, dtypes.get(name, self.compute_dtype)) for name, size in shapes.items()}

    def get_config(self):
        return {
            **super().get_config(),
            "energy_model": keras.saving.serialize_keras_object(self.energy_model),
            "scale": self.scale,
            "stress": self.stress,
            "num_species": self.reference_energies.shape[0],
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        config["energy_model"] = keras.saving.deserialize_keras_object(config["energy_model"])
        return cls(**config)


def _strained(inputs, positions, strain):
    """Positions and cell after a symmetric strain; the strain is zero, and the stress is the derivative by it."""
    if strain is None:
        return {}
    symmetric = (strain + tf.linalg.matrix_transpose(strain)) / 2

    def deformed(vectors):  # a sum, as a GPU may round the factors of a matrix product to TensorFloat-32
        return vectors + tf.reduce_sum(vectors[..., tf.newaxis] * symmetric[:, tf.newaxis], axis=-2)

    return {"positions": deformed(positions), "cell": deformed(tf.cast(inputs["cell"], positions.dtype))}


def _in_both(y, y_pred):
    """Selects the names that are both targets and outputs, because data sets may lack outputs or have more targets."""
    if not isinstance(y, dict):
        return y, y_pred
    names = [name for name in y_pred if name in y]
    return {name: y[name] for name in names}, {name: y_pred[name] for name in names}
