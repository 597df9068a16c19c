"""Long-range convolutional layers for periodic point clouds, in Keras 3 on TensorFlow.

Reference: Peng, Lin, Ying, Zepeda-Núñez, *Efficient long-range convolutions for point clouds*, J. Comput. Phys. (2022).
The flow is one way: `ops` (tensors in, tensors out) → `layers` (weights) → `models` (wiring) → `training`.
"""

import os

__version__ = "0.1.0"

if os.environ.get("KERAS_BACKEND", "tensorflow") not in ("", "tensorflow"):
    raise ImportError(f'lrc_keras needs the Keras backend "tensorflow"; received "{os.environ["KERAS_BACKEND"]}"')
