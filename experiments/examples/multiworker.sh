#!/usr/bin/env bash
# One cell after the other, each on all nodes of a SLURM job, for boxes whose training is too long for one machine:
#
#     sbatch --nodes=4 experiments/examples/multiworker.sh run_2d.py figure8 --preset paper --only snapshots=10000
#
# Every node runs the same command; TF_CONFIG, made here from the nodes' names, tells each which worker it is. --out must
# be a folder that all nodes see. When a worker is lost the command ends on all of them; submitted again it goes on from
# the last checkpoint.
#SBATCH --job-name=lrc_keras
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=8
#SBATCH --time=24:00:00
#SBATCH --output=slurm-%j.out
set -euo pipefail

if [ "${1:-}" = --worker ]; then
    shift
    hosts=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | sed "s/.*/\"&:${PORT:-12355}\"/" | paste -sd, -)
    export TF_CONFIG="{\"cluster\": {\"worker\": [$hosts]}, \"task\": {\"type\": \"worker\", \"index\": $SLURM_NODEID}}"
    script=$1
    item=$2
    shift 2
    exec "${PYTHON:-.venv/bin/python}" "experiments/$script" "$item" --strategy multiworker "$@"
fi
if [ $# -lt 2 ]; then
    echo "usage: sbatch --nodes=4 $0 run_2d.py figure8 [options]" >&2
    exit 2
fi
# a job's own copy of the script is not where the clone is
exec srun bash experiments/examples/multiworker.sh --worker "$@"
