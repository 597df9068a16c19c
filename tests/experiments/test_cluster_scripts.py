"""The scripts for a scheduler, with the scheduler's variables and stand-ins for its commands."""

import json
import os
import subprocess
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "experiments" / "examples"


ARRAY = {"SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_MAX": "6", "SLURM_ARRAY_TASK_COUNT": "4"}


@pytest.fixture
def run(tmp_path):
    """Runs a script with stand-ins that print what they were given."""

    def put(name, text):
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
        return str(tmp_path / name)

    python = put("python", 'echo "$@"; echo "${TF_CONFIG:-}"')
    put("scontrol", "printf 'node3\\nnode7\\n'")
    put("srun", 'echo srun "$@"')

    def run(script, *arguments, **variables):
        environment = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", "PYTHON": python, **variables}
        command = ["bash", str(EXAMPLES / script), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)

    return run


def test_shares_of_an_array_count_from_one(run):
    shares = []
    for task in range(3, 7):
        variables = {"SLURM_ARRAY_TASK_ID": str(task), **ARRAY}
        words = run("job_array.sh", "run_2d.py", "table3", **variables, SLURM_CPUS_PER_TASK="8").stdout.split()
        assert words[:2] == ["experiments/run_2d.py", "table3"] and words[words.index("--jobs") + 1] == "8"
        shares.append(words[words.index("--task") + 1])
    assert shares == ["1/4", "2/4", "3/4", "4/4"]


def test_options_of_the_user_come_last(run):
    """The last of two is the one that counts."""
    own = ("--jobs", "3", "--out", "there")
    words = run("job_array.sh", "run_2d.py", "table3", *own, **ARRAY, SLURM_ARRAY_TASK_ID="3").stdout.split()
    assert words == ["experiments/run_2d.py", "table3", "--task", "1/4", "--jobs", "1", *own]


def test_an_array_with_gaps_is_refused(run):
    """Its numbers would not be shares, and some cells nobody's."""
    variables = {**ARRAY, "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MAX": "9"}
    result = run("job_array.sh", "run_2d.py", "table3", **variables)
    assert result.returncode == 2 and "must be a range without gaps" in result.stderr


def test_every_node_gets_the_same_cluster_and_a_number_of_its_own(run):
    assert run("multiworker.sh", "run_2d.py", "figure8").stdout.split()[-3:] == ["--worker", "run_2d.py", "figure8"]
    variables = {"SLURM_JOB_NODELIST": "node[3,7]", "SLURM_NODEID": "1", "PORT": "99"}
    command, config = run("multiworker.sh", "--worker", "run_2d.py", "figure8", **variables).stdout.splitlines()
    assert command == "experiments/run_2d.py figure8 --strategy multiworker"
    cluster = {"worker": ["node3:99", "node7:99"]}
    assert json.loads(config) == {"cluster": cluster, "task": {"type": "worker", "index": 1}}


@pytest.mark.parametrize("script", ["job_array.sh", "multiworker.sh"])
def test_without_an_item_the_usage_is_shown(run, script):
    result = run(script, "run_1d.py", SLURM_ARRAY_TASK_ID="0")
    assert result.returncode == 2 and "usage: sbatch" in result.stderr
