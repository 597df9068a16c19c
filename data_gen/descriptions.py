"""A kernel as one readable line of JSON, for the attributes of a file, and back."""

import dataclasses
import json
import numbers
import re
import sys

from .arguments import check_kernel
from .kernels import Exponential, Mixture, ScreenedCoulomb

KERNEL_NAMES = {"exponential": Exponential, "screened_coulomb": ScreenedCoulomb}


def kernel_to_json(kernel):
    """For example `{"name": "screened_coulomb", "mu": 5.0, "method": "exact"}`.

    A kernel of the user's own is named by its module and class, `my_module.Gaussian`, which no kernel of this package
    is. If it is a dataclass its "fields" follow, else its "repr" where the class has one. No memory address is part
    of a description: kernels made in the same way are described in the same way.

    Raises: ValueError when it is not a kernel.

    Example:
        >>> from data_gen import Exponential, Mixture, kernel_to_json
        >>> kernel_to_json(Mixture((Exponential(2.0),), (1.0,)))
        '{"name": "mixture", "weights": [1.0], "kernels": [{"name": "exponential", "mu": 2.0}]}'
    """
    check_kernel(kernel)
    return json.dumps(_describe(kernel))


def kernel_from_json(text):
    """The kernel that `kernel_to_json` described.

    Raises: ValueError when the text is not such a description, or names a kernel that is not in this package.

    Example:
        >>> from data_gen import kernel_from_json
        >>> kernel_from_json('{"name": "exponential", "mu": 2.0}')
        Exponential(mu=2.0)
    """
    try:
        return _build(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        received = repr(text) if len(repr(text)) <= 200 else f"{text!r:.200}…"
        raise ValueError(
            f"kernel must be a description of a kernel as JSON; received {received} ({error!s:.200})"
        ) from error


def mu_and_alpha(kernel):
    """The inverse lengths μ_m and weights α_m of a kernel, two lists; nested mixtures are multiplied out.

    A kernel whose `mu` is not a number (a user's own may have none, or an array) contributes nothing.
    """
    terms = kernel.terms() if type(kernel) is Mixture else ((1.0, kernel),)
    terms = [(part.mu, weight) for weight, part in terms if _is_number(getattr(part, "mu", None))]
    return [float(mu) for mu, _ in terms], [weight for _, weight in terms]


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and abs(value) <= sys.float_info.max


def _describe(kernel):
    if type(kernel) is Mixture:
        parts = [_describe(part) for part in kernel.kernels]
        return {"name": "mixture", "weights": list(kernel.weights), "kernels": parts}
    for name, kind in KERNEL_NAMES.items():
        if type(kernel) is kind:
            fields = _fields(kernel)
            if name == "screened_coulomb" and kernel.method == "exact":
                del fields["smoothing"]  # it has no part in the exact kernel
            return {"name": name, **fields}
    if dataclasses.is_dataclass(kernel):
        plain = (int, float, str, type(None))
        fields = {key: value if isinstance(value, plain) else _text(value) for key, value in _fields(kernel).items()}
        return {"name": _type_name(kernel), "fields": fields}
    if type(kernel).__repr__ is object.__repr__:
        return {"name": _type_name(kernel)}
    return {"name": _type_name(kernel), "repr": _text(kernel)}


def _fields(kernel):
    return {field.name: getattr(kernel, field.name) for field in dataclasses.fields(kernel)}


def _text(value):
    """`repr` without memory addresses, which differ from run to run."""
    if type(value).__repr__ is object.__repr__:
        return _type_name(value)
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(value))


def _type_name(value):
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _build(description):
    fields = dict(description)
    name = fields.pop("name")
    if name == "mixture":
        return Mixture(tuple(_build(part) for part in fields["kernels"]), tuple(fields["weights"]))
    if name not in KERNEL_NAMES:
        raise ValueError(f"kernel must be mixture or one of {sorted(KERNEL_NAMES)}; received {name!r}")
    return KERNEL_NAMES[name](**fields)
