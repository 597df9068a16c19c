"""A kernel as one line of JSON, for the attributes of a file, and back."""

import dataclasses
import json
import re

import numpy as np

from ..arguments import is_real
from .checks import check_kernel
from .interactions import Exponential, Mixture, ScreenedCoulomb, terms

KERNEL_NAMES = {"exponential": Exponential, "screened_coulomb": ScreenedCoulomb}


def kernel_to_json(kernel):
    """For example `{"name": "screened_coulomb", "mu": 5.0, "method": "exact"}`.

    A user's own kernel has its module and class for a name, such as `my_module.Gaussian`, and its `repr` without memory
    addresses, if its class defines one: equal kernels have equal descriptions.

    Example:
        >>> from data_gen import Exponential, Mixture, kernel_to_json
        >>> kernel_to_json(Mixture((Exponential(2.0),), (1.0,)))
        '{"name": "mixture", "weights": [1.0], "kernels": [{"name": "exponential", "mu": 2.0}]}'
    """
    check_kernel(kernel)
    return json.dumps(_describe(kernel))


def kernel_from_json(text):
    """The kernel that `kernel_to_json` described.

    Raises: ValueError when the text is not such a description, or describes a kernel that is not in this package.

    Example:
        >>> from data_gen import kernel_from_json
        >>> kernel_from_json('{"name": "exponential", "mu": 2.0}')
        Exponential(mu=2.0)
    """
    try:
        return _build(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        received = f"{text!r:.200} ({error!s:.200})"
        raise ValueError(f"kernel must be a description of a kernel as JSON; received {received}") from error


def mu_and_alpha(kernel):
    """The inverse lengths μ_m and weights α_m of a kernel, two lists; parts without a number `mu` are left out."""
    parts = [(getattr(part, "mu", None), weight) for weight, part in terms(kernel)]
    parts = [(float(mu), weight) for mu, weight in parts if is_real(mu) and np.isfinite(float(mu))]
    return [mu for mu, _ in parts], [weight for _, weight in parts]


def _describe(kernel):
    if type(kernel) is Mixture:
        return {"name": "mixture", "weights": kernel.weights, "kernels": [_describe(part) for part in kernel.kernels]}
    for name, kind in KERNEL_NAMES.items():
        if type(kernel) is kind:
            fields = dataclasses.asdict(kernel)
            if fields.get("method") == "exact":
                del fields["smoothing"]  # the exact kernel has none
            return {"name": name, **fields}
    description = {"name": f"{type(kernel).__module__}.{type(kernel).__qualname__}"}
    if type(kernel).__repr__ is not object.__repr__:
        description["repr"] = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(kernel))
    return description


def _build(description):
    fields = dict(description)
    name = fields.pop("name")
    if name == "mixture":
        return Mixture([_build(part) for part in fields["kernels"]], fields["weights"])
    if name not in KERNEL_NAMES:
        raise ValueError(f"kernel must be mixture or one of {sorted(KERNEL_NAMES)}; received {name!r}")
    return KERNEL_NAMES[name](**fields)
