"""Values that no argument of a kind can be, and what an answer to them must be like."""

import math
import re

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

HUGE = 10**400  # an integer that no float holds


class Stranger:
    """An object that is nothing of what is expected."""


# `False` and `True` are integers to Python, and an integer beyond the largest float is still a `numbers.Real`.
NO_NUMBERS = (None, True, "1", b"1", math.nan, math.inf, HUGE, 1j, {}, Stranger())
NO_POSITIVE_NUMBERS = (*NO_NUMBERS, 0, -1.5)
NO_COUNTS = (*NO_POSITIVE_NUMBERS, 2.5, [], (2,))
NO_FLAGS = (None, "no", math.nan, 2, [])
NO_TEXTS = (None, 5, math.nan, [], "nonsense")

# The same by thousands: whatever is neither a positive number nor a list of such.
junk = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=5),
    st.binary(max_size=3),
    st.integers(max_value=0),
    st.floats(max_value=0),
    st.just(math.nan),
    st.just(math.inf),
    st.complex_numbers(),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=1),
    st.lists(st.one_of(st.none(), st.text(max_size=2), st.floats(max_value=0)), max_size=3),
)
quickly = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def named(values):
    """Parameters for pytest with readable names, which never hold an address or four hundred digits."""
    return [pytest.param(value, id=re.sub(r"\W+", "_", f"{type(value).__name__}_{value!s:.12}")) for value in values]


def assert_refused(call, name, errors=(ValueError, TypeError)):
    """A call raises, says which argument, what it must be and what was received, and returns the text.

    A message may have words before the name, such as that of a file; a Keras layer adds more behind it.
    """
    with pytest.raises(errors) as caught:
        call()
    text = re.sub(r"\x1b\[\d+m", "", str(caught.value))  # Keras prints what a layer raises in bold
    assert re.search(rf"\b{re.escape(name)}\b.*\b(must|expected)\b.*; received \S", text, re.DOTALL), text
    return text


def rows(table):
    """Parameters `call, arguments, pattern` of `check_row`, named by the argument that the pattern begins with."""
    return pytest.mark.parametrize(
        ("call", "arguments", "pattern"),
        [pytest.param(*row, id=f"{number}-{row[2].split()[0]}") for number, row in enumerate(table)],
    )


def check_row(call, arguments, pattern, errors=(ValueError, TypeError)):
    """`call(argument)` is refused for each of the arguments, in a sentence that has the pattern.

    The pattern begins with the name of what is wrong; the rest of it, if any, is a regular expression.
    """
    for argument in arguments:
        try:
            text = assert_refused(lambda argument=argument: call(argument), pattern.split()[0], errors)
        except pytest.fail.Exception:
            pytest.fail(f"{pattern.split()[0]}: {argument!r:.60} was accepted")
        assert re.search(pattern, text, re.DOTALL), text
