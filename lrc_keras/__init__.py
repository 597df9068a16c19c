"""Long-range convolutional layers for periodic point clouds, in Keras 3 on TensorFlow.

Reference: Peng, Lin, Ying, Zepeda-Núñez, *Efficient long-range convolutions for point clouds*, J. Comput. Phys. (2022).
Each package imports only from those before it: `ops` (functions of tensors), `layers` (Keras layers), `models`
(networks of the paper), `ase` (calculator), `training`, which also reads files of `data_gen`.
"""

import os

__version__ = "0.1.0"

if os.environ.get("KERAS_BACKEND", "tensorflow") not in ("", "tensorflow"):
    raise ImportError(f'lrc_keras needs the Keras backend "tensorflow"; received "{os.environ["KERAS_BACKEND"]}"')
