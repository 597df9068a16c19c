"""What all cells import, for the process that they are forked from; see `jobs`."""

from contextlib import suppress

from experiments.running.jobs import set_environment, without_stderr

set_environment()
with without_stderr(), suppress(Exception):  # a cell imports it again, and fails with the error
    import experiments.running.cells  # noqa: F401
