"""A kernel as one readable line of JSON, for the attributes of a file, and back."""

import dataclasses
import json

from .kernels import Exponential, Mixture, ScreenedCoulomb

KERNEL_NAMES = {"exponential": Exponential, "screened_coulomb": ScreenedCoulomb}


def kernel_to_json(kernel):
    """For example `{"name": "screened_coulomb", "mu": 5.0, "method": "exact"}`.

    A kernel of the user's own that is a dataclass is described by its class name and fields, any other by its
    `repr`.
    """
    return json.dumps(_describe(kernel))


def kernel_from_json(text):
    """The kernel that `kernel_to_json` described.

    Raises: ValueError when the text is not such a description, or names a kernel that is not in this package.
    """
    try:
        return _build(json.loads(text))
    except (TypeError, KeyError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"kernel must be a description of a kernel as JSON; received {text!r} ({error})") from error


def mu_and_alpha(kernel):
    """The inverse lengths μ_m and weights α_m of a kernel, two lists; nested mixtures are multiplied out.

    A kernel without a `mu` (a user's own) contributes nothing.
    """
    terms = kernel.terms() if isinstance(kernel, Mixture) else ((1.0, kernel),)
    terms = [(part.mu, weight) for weight, part in terms if getattr(part, "mu", None) is not None]
    return [float(mu) for mu, _ in terms], [weight for _, weight in terms]


def _describe(kernel):
    if isinstance(kernel, Mixture):
        parts = [_describe(part) for part in kernel.kernels]
        return {"name": "mixture", "weights": list(kernel.weights), "kernels": parts}
    if not dataclasses.is_dataclass(kernel):
        return {"name": repr(kernel)}
    names = {kind: name for name, kind in KERNEL_NAMES.items()}
    fields = {field.name: getattr(kernel, field.name) for field in dataclasses.fields(kernel)}
    if isinstance(kernel, ScreenedCoulomb) and kernel.method == "exact":
        del fields["smoothing"]  # it has no part in the exact kernel
    plain = (int, float, str, type(None))
    fields = {key: value if isinstance(value, plain) else repr(value) for key, value in fields.items()}
    return {"name": names.get(type(kernel), type(kernel).__name__), **fields}


def _build(description):
    fields = dict(description)
    name = fields.pop("name")
    if name == "mixture":
        return Mixture(tuple(_build(part) for part in fields["kernels"]), tuple(fields["weights"]))
    if name not in KERNEL_NAMES:
        raise ValueError(f"kernel must be mixture or one of {sorted(KERNEL_NAMES)}; received {name!r}")
    return KERNEL_NAMES[name](**fields)
