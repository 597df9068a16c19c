"""What all cells import, for the process that they are forked from; see `jobs`."""

from experiments.running.jobs import set_environment, without_stderr

set_environment()
with without_stderr():
    import experiments.running.cells  # noqa: F401
