#!/usr/bin/env bash
# Tables and figures as a job array of SLURM: each task trains its share of the cells, on one node, in single-threaded
# processes side by side. From the folder of the clone:
#
#     sbatch --array=0-15 experiments/examples/job_array.sh run_2d.py table3 --preset paper --seeds 0 1 2
#
# A task that was killed or ran out of time goes on from its checkpoints when it is submitted again; the same command with
# --list shows what is missing. Shares depend on the command alone, so keep the array's size between submissions.
#SBATCH --job-name=lrc_keras
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=8
#SBATCH --mem-per-cpu=3G
#SBATCH --time=24:00:00
#SBATCH --output=slurm-%A_%a.out
set -euo pipefail

: "${SLURM_ARRAY_TASK_ID:?submit with sbatch --array=0-15}"
if [ $# -lt 2 ]; then
    echo "usage: sbatch --array=0-15 $0 run_2d.py table3 [options]" >&2
    exit 2
fi
script=$1
item=$2
shift 2
if [ $((${SLURM_ARRAY_TASK_MAX:-0} - ${SLURM_ARRAY_TASK_MIN:-0} + 1)) != "${SLURM_ARRAY_TASK_COUNT:-1}" ]; then
    echo "the array must be a range without gaps, such as --array=0-15" >&2
    exit 2
fi
# shares count from 1, an array from whatever it was given
share=$((SLURM_ARRAY_TASK_ID - ${SLURM_ARRAY_TASK_MIN:-0} + 1))
exec "${PYTHON:-.venv/bin/python}" "experiments/$script" "$item" \
    --task "$share/$SLURM_ARRAY_TASK_COUNT" --jobs "${SLURM_CPUS_PER_TASK:-1}" "$@"
