"""Speed and memory of the transform, the layer and a training step; `benchmark_scaling.py` is their command."""
