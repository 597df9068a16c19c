"""Kernels of the user's own: what they must return, how a file describes them and how it is verified."""

import json
from dataclasses import dataclass

import numpy as np
import pytest

from data_gen import (
    Exponential,
    Mixture,
    ScreenedCoulomb,
    energy_and_forces,
    generate,
    kernel_from_json,
    kernel_to_json,
    read_snapshots,
    verify_snapshots,
)
from data_gen.dataset import mu_and_alpha
from tests.data_gen.gaussian_kernel import Gaussian

SQUARE = {"box_length": (3.0, 3.0), "cells": 3, "points_per_cell": 2, "min_distance": 0.1, "seed": 3}
POINTS = np.random.default_rng(0).uniform(0, 3, (2, 5, 2))


class Counting(Gaussian):
    calls = 0

    def value(self, displacement, box_length):
        Counting.calls += displacement.size
        return super().value(displacement, box_length)


@dataclass
class Named(Gaussian):
    mu: float
    name: str
    inner: object = None


class exponential(Gaussian):  # noqa: N801, it has this package's word for a kernel
    pass


class mixture(Gaussian):  # noqa: N801
    pass


class Strange(Gaussian):
    """Returns what it is told to."""

    def __init__(self, **returned):
        self.returned = returned

    def value(self, displacement, box_length):
        change = self.returned.get("value", lambda values: values)
        return change(super().value(displacement, box_length))

    def gradient(self, displacement, box_length):
        change = self.returned.get("gradient", lambda values: values)
        return change(-displacement)


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a mixture"])
@pytest.mark.parametrize(
    "returned, message",
    [
        ({"gradient": lambda g: g[..., :1]}, r"gradient must return shape \(2, 3, 2\); received \(2, 3, 1\)"),
        ({"gradient": lambda g: g[..., 0]}, r"gradient must return shape \(2, 3, 2\); received \(2, 3\)"),
        ({"value": lambda v: v[..., None]}, r"value must return shape \(2, 3\); received \(2, 3, 1\)"),
        ({"value": lambda v: np.float64(1)}, r"value must return shape \(2, 3\); received \(\)"),
        ({"value": lambda v: v.tolist()}, r"value must return an array of shape \(2, 3\); received \[\["),
        ({"value": lambda v: 1j * v}, "value must return real numbers; received complex128"),
        ({"gradient": lambda g: g * np.nan}, "gradient must return finite numbers; received nan at the displacement"),
        ({"value": lambda v: v + np.inf}, "value must return finite numbers; received inf at the displacement"),
    ],
)
def test_what_a_kernel_returns_is_checked_before_any_work(tmp_path, returned, message, inside):
    kernel = Strange(**returned)
    kernel = Mixture((Exponential(1.0), kernel), (1.0, 1.0)) if inside else kernel
    with pytest.raises(ValueError, match=f"kernel.{message}"):
        energy_and_forces(POINTS, 3.0, kernel)
    with pytest.raises(ValueError, match=f"kernel.{message}"):
        generate(tmp_path / "new" / "a.h5", kernel=kernel, num_snapshots=2, **SQUARE)
    assert not list(tmp_path.iterdir())


def test_the_probe_is_cheap_and_never_at_the_origin():
    class Pole(Gaussian):
        def value(self, displacement, box_length):
            return 1 / np.sqrt((displacement**2).sum(axis=-1))

        def gradient(self, displacement, box_length):
            return -displacement * self.value(displacement, box_length)[..., None] ** 3

    with np.errstate(all="raise"):
        energy_and_forces(POINTS, 3.0, Pole())
    energy_and_forces(POINTS, 3.0, Counting())
    # ten pairs of two snapshots, for both methods; six displacements for both, their opposites, four neighbours each
    assert Counting.calls == 2 * (2 * 10 * 2) + 12 * (2 + 1 + 4)


def test_fast_sums_are_checked_too():
    class Fast(Gaussian):
        def pair_sums(self, points, box_length):
            return np.zeros(len(points)), np.zeros((len(points), 1))

    with pytest.raises(ValueError, match=r"kernel.pair_sums must return shape \(5, 2\); received \(5, 1\)"):
        energy_and_forces(POINTS, 3.0, Fast())


def test_a_description_holds_no_address(tmp_path):
    named = f"{Gaussian.__module__}.Gaussian"
    assert kernel_to_json(Gaussian()) == json.dumps({"name": named})
    assert kernel_to_json(Strange(value=1.5)) == json.dumps(
        {"name": f"{__name__}.Strange", "repr": "{'returned': {'value': 1.5}}"}
    )
    for make in (Gaussian, lambda: Named(2.0, "a", Gaussian()), lambda: Named(2.0, "a", [Gaussian(), len, lambda: 0])):
        assert "0x" not in kernel_to_json(make())
    first, second = (generate(tmp_path / n, kernel=Gaussian(), num_snapshots=2, **SQUARE).read_bytes() for n in "ab")
    assert first == second


@pytest.mark.parametrize(
    "kernel", [Named(2.0, "exponential"), exponential(), mixture(), type("Mine", (Exponential,), {})(2.0)]
)
def test_no_class_of_the_user_is_taken_for_a_kernel_of_this_package(tmp_path, kernel):
    described = json.loads(kernel_to_json(kernel))
    assert described["name"] == f"{__name__}.{type(kernel).__qualname__}"
    with pytest.raises(ValueError, match="kernel must be mixture or one of"):
        kernel_from_json(kernel_to_json(kernel))
    path = generate(tmp_path / "a.h5", kernel=kernel, num_snapshots=2, **SQUARE)
    with pytest.raises(ValueError, match="kernel must be mixture or one of"):
        verify_snapshots(read_snapshots(path))


def test_fields_of_a_dataclass_are_described():
    description = {"name": f"{__name__}.Named", "repr": "Named(mu=2.0, name='exponential', inner=None)"}
    assert json.loads(kernel_to_json(Named(2.0, "exponential"))) == description


class Cached(Gaussian):
    """Compares its own attributes with those of another kernel, and changes one as it works."""

    def __init__(self, mu):
        self.mu, self._calls = mu, 0

    def value(self, displacement, box_length):
        self._calls += 1
        return super().value(displacement, box_length)

    def __eq__(self, other):
        return self.mu == other.mu


def test_the_attributes_of_a_kernel_are_described_but_for_private_ones():
    kernel = Cached(2.0)
    before = kernel_to_json(kernel)
    energy_and_forces(POINTS, 3.0, kernel)
    assert kernel_to_json(kernel) == before != kernel_to_json(Cached(3.0))


def test_a_long_table_is_described_by_every_number():
    table = np.linspace(0, 1, 2000)
    other = table.copy()
    other[1000] = np.nextafter(other[1000], 2)
    with np.printoptions(linewidth=40, suppress=True):
        first = json.loads(kernel_to_json(Named(table, "table")))
    again, second = (json.loads(kernel_to_json(Named(t, "table"))) for t in (table.copy(), other))
    assert first == again != second and len(first["sha256"]) == 64


@pytest.mark.parametrize("mu", [np.ones(3), "five", None, True, np.nan, 10**400])
def test_a_mu_that_is_no_number_is_not_collected(tmp_path, mu):
    kernel = Mixture((Named(mu, "a"), Exponential(2.0)), (3.0, 0.5))
    assert mu_and_alpha(kernel) == ([2.0], [0.5])
    generate(tmp_path / "a.h5", kernel=kernel, num_snapshots=1, **SQUARE)
    assert mu_and_alpha(Named(7, "a")) == ([7.0], [1.0])


def test_a_file_of_a_user_kernel_is_verified_with_it(tmp_path):
    path = generate(tmp_path / "a.h5", kernel=Gaussian(), num_snapshots=5, **SQUARE)
    indices, deviations, difference = verify_snapshots(read_snapshots(path), 3, kernel=Gaussian())
    assert indices == [0, 2, 4] and difference is None and max(deviations.values()) == 0
    difference = verify_snapshots(read_snapshots(path), kernel=Exponential(1.0))[2]
    assert difference.startswith("dataset 'energies', snapshot 0")
    with pytest.raises(ValueError, match="kernel must be an object"):
        verify_snapshots(read_snapshots(path), kernel=Gaussian)


@pytest.mark.parametrize(
    "text", ["[" * 100000, '{"name":' * 50000, '{"name": "exponential", "mu": 1' + "0" * 400 + "}"]
)
def test_descriptions_that_are_too_deep_or_too_large(text):
    with pytest.raises(ValueError, match="kernel must be a description of a kernel as JSON") as error:
        kernel_from_json(text)
    assert len(str(error.value)) < 500


def test_a_subclass_with_another_value_is_its_own_kernel():
    """The fast sums of the screened Coulomb are not those of a class that changes it."""

    class Doubled(ScreenedCoulomb):
        def value(self, displacement, box_length):
            return 2 * super().value(displacement, box_length)

        def gradient(self, displacement, box_length):
            return 2 * super().gradient(displacement, box_length)

    positions = np.random.default_rng(0).uniform(0, 5, (1, 12, 2))
    energies, forces = energy_and_forces(positions, 5.0, Doubled(1.0))
    once, forces_once = energy_and_forces(positions, 5.0, ScreenedCoulomb(1.0))
    np.testing.assert_allclose(energies, 2 * once, rtol=1e-10)  # the accuracy of the fast sums
    np.testing.assert_allclose(forces, 2 * forces_once, atol=1e-9 * np.max(np.abs(forces)))
