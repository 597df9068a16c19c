"""`--strategy`: one training on one device, on several devices of a machine, or on several machines. No TensorFlow.

`none` trains every cell in a process of its own, side by side; the others one cell after the other in this process,
each on all devices or machines there are.
"""

import json
import socket

STRATEGIES = ("none", "mirrored", "multiworker")

EXAMPLE = '{"cluster": {"worker": ["host0:2222", "host1:2222"]}, "task": {"type": "worker", "index": 0}}'


class StrategyError(ValueError):
    """Options or surroundings that do not fit the strategy. The message is one line."""


def check_strategy(strategy, jobs, environment):
    """Raises StrategyError before anything heavy is imported.

    Args:
        strategy: of `STRATEGIES`.
        jobs: of the option `--jobs`, None when it was not given.
        environment: mapping, such as `os.environ`.
    """
    if strategy != "none" and jobs is not None:
        raise StrategyError(
            f"--jobs is for cells side by side; --strategy {strategy} trains one cell at a time, on all there is: "
            f"leave --jobs out; received --jobs {jobs}"
        )
    if strategy == "multiworker":
        check_tf_config(environment.get("TF_CONFIG"))


def check_tf_config(text):
    """The index of this worker among all, the chief first, from the text of the variable TF_CONFIG.

    Raises: StrategyError naming what is missing or malformed, and an example.
    """
    if not text:
        raise _wrong("is not set")
    try:
        config = json.loads(text)
    except ValueError as error:
        raise _wrong(f"is not JSON ({error})") from None
    cluster = config.get("cluster") if isinstance(config, dict) else None
    if not isinstance(cluster, dict) or not cluster.get("worker") or set(cluster) - {"chief", "worker"}:
        raise _wrong(f"must have a cluster of workers, and at most a chief beside them; received {text}")
    addresses = [address for job in ("chief", "worker") for address in _addresses(cluster, job)]
    if len(cluster.get("chief", ())) > 1 or len(set(addresses)) < len(addresses):
        raise _wrong(f"must have one chief at most, and every address once; received {text}")
    task = config.get("task")
    if not isinstance(task, dict) or task.get("type") not in cluster:
        raise _wrong(f"must have a task of a type in the cluster, {sorted(cluster)}; received {task!r}")
    own, index = cluster[task["type"]], task.get("index")
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(own):
        raise _wrong(f"must have a task with an index from 0 to {len(own) - 1}; received {index!r}")
    return addresses.index(own[index])


def local_cluster(count):
    """Texts of TF_CONFIG for so many workers on this machine, on free ports of the loopback address; one for each."""
    sockets = [socket.socket() for _ in range(count)]
    for listener in sockets:
        listener.bind(("127.0.0.1", 0))
    workers = [f"127.0.0.1:{listener.getsockname()[1]}" for listener in sockets]
    for listener in sockets:
        listener.close()
    tasks = [{"type": "worker", "index": index} for index in range(count)]
    return [json.dumps({"cluster": {"worker": workers}, "task": task}) for task in tasks]


def _addresses(cluster, job):
    addresses = cluster.get(job, [])
    if not isinstance(addresses, list):
        raise _wrong(f"must have a list of addresses for {job!r}; received {addresses!r}")
    for address in addresses:
        host, _, port = address.rpartition(":") if isinstance(address, str) else ("", "", "")
        if not (host and port.isascii() and port.isdecimal()):
            raise _wrong(f"must have addresses of the form host:port; received {address!r}")
    return addresses


def _wrong(what):
    return StrategyError(f"--strategy multiworker: TF_CONFIG {what}; expected the same cluster for all, as {EXAMPLE}")
