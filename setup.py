"""Installation: the packages `lrc_keras` and `data_gen`; `experiments` and `figures` run from the clone."""

from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

# finufft: the compiled transform behind method="finufft"; 2.5 is the first whose plans serve both directions
FAST = ["finufft>=2.5"]
# hypothesis: damaged files and random arguments
TEST = ["pytest>=8", "hypothesis>=6.100"]
# ase: optimisers and molecular dynamics on trained models; 3.24 has the numerical-force check that the tests use
ASE = ["ase>=3.24"]

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
    install_requires=[
        "tensorflow>=2.16",  # the first with Keras 3
        "keras>=3.4",
        "numpy>=1.26",
        "scipy>=1.11",
        "h5py>=3.10",
        "matplotlib>=3.8",
    ],
    extras_require={
        "ase": ASE,
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
