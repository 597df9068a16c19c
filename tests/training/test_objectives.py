"""What a training minimises, for groups of clouds of several sizes and for several replicas."""

from types import SimpleNamespace

import keras
import numpy as np
import pytest

from lrc_keras.training import Recipe, Stage, make_snapshots
from lrc_keras.training.data.batches import evaluation_batches
from lrc_keras.training.fitting.distributed import check_replicas
from lrc_keras.training.objective.objectives import Objective

RECIPE = Recipe("a", (Stage(1, 2),), energy_weight=1.0)


def clouds(rng, num_points, count, **targets):
    positions = rng.uniform(0, 5, (count, num_points, 1))
    given = (positions, np.zeros(count), rng.normal(size=positions.shape))
    return make_snapshots(*given, cutoff=1.0, box_length=5.0, max_neighbors=4, **targets)


def test_energies_of_groups_without_species_weigh_one_over_n(rng):
    groups = [clouds(rng, 3, 2), clouds(rng, 4, 2)]
    batches = Objective.of(RECIPE, groups, groups, 1.0).weighted(evaluation_batches(groups, 2))
    weights = [weights["energy"].numpy().tolist() for _, _, weights in batches]
    assert weights == [[1 / 3] * 2, [1 / 4] * 2]


def test_energy_errors_are_per_particle_of_the_test(rng):
    """The clouds of the training have 3 and 4 particles, those of the test 6."""
    objective = Objective.of(RECIPE, [clouds(rng, 3, 2), clouds(rng, 4, 2)], clouds(rng, 6, 2), 1.0)
    assert (objective.num_points, objective.test_points) == (3.5, 6)


def test_the_scale_of_stresses_is_their_root_mean_square(rng):
    """99 snapshots of stress 1 in one group and one of stress 10 in another: √(199/100)."""
    recipe = Recipe("a", (Stage(1, 2),), stress_weight=1.0)
    groups = [clouds(rng, n, s, stresses=np.full((s, 1, 1), size)) for n, s, size in ((3, 99, 1.0), (4, 1, 10.0))]
    # stresses are kept in float32
    assert Objective.of(recipe, groups, groups, 1.0).stress_scale == pytest.approx(1.99**0.5, rel=1e-6)


def test_the_snapshots_of_a_test_on_several_replicas(rng):
    """All replicas share one batch."""
    layers = []
    field = SimpleNamespace(distribute_strategy=SimpleNamespace(num_replicas_in_sync=2), weights=[])
    field._flatten_layers = lambda include_self: layers
    few, other = clouds(rng, 3, 2), clouds(rng, 4, 2)
    check_replicas(field, RECIPE, few, [few])
    for name, training, test in (("training", [few, other], few), ("test", few, [few, other])):
        with pytest.raises(ValueError, match=f"{name} must be one group of clouds on .*; received 2 groups"):
            check_replicas(field, RECIPE, training, test)
    with pytest.raises(ValueError, match="test must hold a snapshot for each of 2 replicas; received 1"):
        check_replicas(field, RECIPE, few, [few.take(1)])
    layers.append(keras.layers.BatchNormalization(trainable=False))
    check_replicas(field, RECIPE, few, few)
    layers.append(keras.layers.BatchNormalization())
    with pytest.raises(ValueError, match="force_field must have no trainable BatchNormalization on several replicas"):
        check_replicas(field, RECIPE, few, few)
