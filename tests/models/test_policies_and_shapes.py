"""Force fields under dtype policies, and the shapes and kinds of their energies."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from lrc_keras.models import ForceField, energy_inputs
from tests.models.small_models import check_same, data, make


@pytest.mark.parametrize("name", ["half list", "species"])  # that have most of what there is
@pytest.mark.parametrize("policy", ["float64", "mixed_float16"])
def test_policies(name, policy):
    """float64 is said once; a mixed policy computes in float32, as forces in half precision mean nothing."""
    keras.config.set_dtype_policy(policy)
    try:
        field = ForceField(make(name))
        inputs = data(field.energy_model)[0]
        output = field(
            {
                key: tf.cast(v, "float64") if policy == "float64" and v.dtype == "float32" else v
                for key, v in inputs.items()
            }
        )
    finally:
        keras.config.set_dtype_policy("float32")
    assert output["forces"].dtype == ("float64" if policy == "float64" else "float32")
    plain = ForceField(make(name))
    plain.set_weights(field.get_weights())
    expected = plain(inputs)["forces"].numpy()
    # sums of float32, in which a force is 1e-6 of the largest one off; half precision would be 5e-4 off
    np.testing.assert_allclose(output["forces"], expected, rtol=0, atol=1e-5 * np.abs(expected).max())


class OfDistances(keras.Model):
    """A subclassed energy model: U = Σ_i ‖x_i‖²."""

    def call(self, inputs):
        return keras.ops.sum(keras.ops.square(inputs["positions"]), axis=(1, 2))


def test_a_subclassed_model_under_a_mixed_policy():
    """Positions stay float32, energies float64: F = −2x."""
    positions = np.random.default_rng(0).uniform(0, 1000, (2, 3, 1)).astype("float32")
    keras.config.set_dtype_policy("mixed_float16")
    try:
        output = ForceField(OfDistances(dtype="float32"))({"positions": positions})
        of_policy = ForceField(OfDistances(), scale=1e-3)({"positions": positions / 1000})
    finally:
        keras.config.set_dtype_policy("float32")
    assert (output["energy"].dtype, output["forces"].dtype) == ("float64", "float32")
    np.testing.assert_array_equal(output["forces"], -2 * positions)
    assert (of_policy["energy"].dtype, of_policy["forces"].dtype) == ("float64", "float32")


def test_a_force_field_in_a_model_of_a_mixed_policy():
    """Keras would cast the weights of layers that are called inside."""
    field = ForceField(make("short"))
    inputs = data(field.energy_model)[0]
    keras.config.set_dtype_policy("mixed_float16")
    try:
        symbolic = {name: keras.Input(array.shape[1:], dtype=array.dtype, name=name) for name, array in inputs.items()}
        outer = keras.Model(symbolic, field(symbolic))
        output = outer(inputs)
    finally:
        keras.config.set_dtype_policy("float32")
    check_same(lambda _: output, field, inputs)


def test_the_dtype_of_positions_without_a_name():
    given = {"positions": keras.Input((3, 1), dtype="float64"), "neighbors": keras.Input((3, None), dtype="int32")}
    with pytest.warns(UserWarning, match="does not match the model input structure|name"):
        model = keras.Model(given, keras.ops.sum(given["positions"] ** 2, axis=(1, 2)))
    assert ForceField(model).compute_dtype == "float64"


def test_symbolic_outputs_have_the_dtypes_of_the_values():
    field = ForceField(make("any cell"), stress=True)
    outputs, symbolic = field(data(field.energy_model)[0]), field(field.energy_model.input)
    assert {name: values.dtype.name for name, values in outputs.items()} == {
        name: tensor.dtype for name, tensor in symbolic.items()
    }


@pytest.mark.parametrize("axes", [(), (-1,)])
def test_energies_of_a_wrong_shape_are_refused(axes):
    """A scalar, the sum over the batch, would be the energy of every cloud; (B, N, 1) would be added to (B, N)."""
    given = energy_inputs(3, 1, "float64")
    squares = keras.ops.square(given["positions"])
    model = keras.Model(given, keras.ops.sum(squares, axis=axes or None, keepdims=bool(axes)))
    with pytest.raises(ValueError, match=r"energy_model must return energies \(B,\) or .*; received shape"):
        ForceField(model)({"positions": np.ones((1, 3, 1)), "neighbors": np.full((1, 3, 1), -1)})


def test_reference_energies_of_kinds_that_the_layers_do_not_name():
    """A user's model with species: e = (−2, −5) from clouds of several compositions, kept when it is saved."""
    given = energy_inputs(3, 1, "float64", num_species=2)
    model = keras.Model(given, 0 * keras.ops.sum(given["positions"], axis=(1, 2)))
    species = np.array([[0, 0, 1], [0, 1, 1], [1, 0, -1]])
    inputs = {"positions": np.ones((3, 3, 1)), "neighbors": np.full((3, 3, 1), -1), "species": species}
    field = ForceField(model, num_species=2)
    np.testing.assert_allclose(field.fit_reference_energies(inputs, np.array([-9.0, -12.0, -7.0])), [-2, -5])
    again = ForceField.from_config(field.get_config())
    assert again.reference_energies.shape == (2,)
