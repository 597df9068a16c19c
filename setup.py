"""Installation: the packages `lrc_keras` and `data_gen`; `experiments` and `figures` run from the clone."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

# finufft: the compiled transform behind method="finufft"; 2.5 is the first whose plans serve both directions
FAST = ["finufft>=2.5.0"]
# hypothesis: damaged files and random arguments; xdist: the tests on two cores
TEST = ["pytest>=8.0.0", "hypothesis>=6.100.0", "pytest-xdist>=3.5.0"]
# ase: optimisers and molecular dynamics on trained models; 3.25 has the barostat of the example on rock salt
ASE = ["ase>=3.25.0"]
# tblite: the quantum mechanics of the example on rock salt; the release that its data are of
EXAMPLES = [*ASE, "tblite>=0.8.0"]

setup(
    name="lrc_keras",
    version="0.1.0",
    description="Long-range convolutional layers for periodic point clouds, in Keras 3 on TensorFlow",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["LICENSE"],
    python_requires=">=3.10,<3.14",
    packages=find_packages(include=["lrc_keras", "lrc_keras.*", "data_gen", "data_gen.*"]),
    # the oldest releases that the tests pass with; `.ci/floors.txt` names the same, and `.ci/run` installs them
    install_requires=[
        "tensorflow>=2.17.0",  # the first whose XLA has real FFTs in float64 on a CPU
        "keras>=3.8.0",  # before, a call of several steps reports no metrics, and `export` takes no signature
        "numpy>=1.26.4",
        "scipy>=1.11.4",
        "h5py>=3.10.0",  # what TensorFlow 2.17 asks for
        "matplotlib>=3.8.0",
    ],
    extras_require={
        "ase": ASE,
        "examples": EXAMPLES,
        "fast": FAST,
        "test": [*TEST, *FAST, *ASE],
        "dev": [*TEST, *FAST, *ASE, "ruff>=0.6"],
    },
    classifiers=[
        "Programming Language :: Python :: 3 :: Only",
        "Intended Audience :: Science/Research",
        "Topic :: Scientific/Engineering",
    ],
)
