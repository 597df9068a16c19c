"""What the READMEs show is what works: Python blocks run, commands exist, links and pictures resolve."""

import argparse
import importlib
import importlib.util
import re
import runpy
import shlex
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "lrc_keras/README.md", "data_gen/README.md", "experiments/README.md")
PAGES = (*READMES, "experiments/scale.md", "experiments/training.md")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def python_blocks(page):
    return [code for language, code in BLOCK.findall(text_of(page)) if language == "python"]


# ---- Python blocks


def frames_and_atoms():
    """Writes frames.xyz, four strained crystals; returns the `atoms` that the blocks use."""
    ase_io = pytest.importorskip("ase.io")
    from ase.build import bulk
    from ase.calculators.singlepoint import SinglePointCalculator

    frames, rng = [], np.random.default_rng(0)
    for _ in range(4):
        frame = bulk("NaCl", "rocksalt", a=5.6)
        frame.set_cell(frame.cell @ (np.eye(3) + rng.uniform(-0.03, 0.03, (3, 3))), scale_atoms=True)
        frame.positions += rng.normal(0, 0.1, frame.positions.shape)
        results = {
            "energy": -4.0,
            "forces": rng.normal(0, 0.1, frame.positions.shape),
            "stress": np.zeros(6) + 0.01,
        }
        frame.calc = SinglePointCalculator(frame, **results)
        frames.append(frame)
    ase_io.write("frames.xyz", frames)
    return {"atoms": bulk("NaCl", "rocksalt", a=5.7)}


def check_front_page(names):
    first, last = names["model_of_example"].history.history["loss"]
    assert last < first
    assert names["curve"]["test_error"][-1] < 0.3
    assert names["forces"].shape == (1, 20, 1) and np.all(np.isfinite(names["forces"]))


def check_package_page(names):
    assert names["field_of_cells"].shape == (2, 100, 2)
    assert np.isfinite(names["energy"]) and names["stress"].shape == (6,)
    assert names["modes"].shape == (1, 3, 16, 15)
    np.testing.assert_allclose(names["forces"], names["field"](names["first"])["forces"], rtol=1e-4, atol=1e-5)


def check_data_page(names):
    assert names["snapshots"].forces.shape == (4, 54, 3)


def check_experiments_page(names):
    assert names["averaged"].average == 0.999 and names["own"].energy_weight == 0.1


PREPARED = {"lrc_keras/README.md": frames_and_atoms}
# a name that a later block takes for something else is kept under another
KEPT = {"README.md": {"model": "model_of_example"}, "lrc_keras/README.md": {"field": "field_of_cells"}}
PAGE_CHECKS = (check_front_page, check_package_page, check_data_page, check_experiments_page)
CHECKS = dict(zip(READMES, PAGE_CHECKS, strict=True))


# a network with stress is compiled twice in the blocks of lrc_keras, which takes a minute
LONG = [pytest.param(page, marks=pytest.mark.slow) if page in PREPARED else page for page in READMES]


@pytest.mark.parametrize("page", LONG)
def test_the_python_blocks_run_one_after_the_other(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    names = PREPARED.get(page, dict)()
    blocks = python_blocks(page)
    assert blocks
    for code in blocks:
        exec(compile(code, page, "exec"), names)
        for name, other in KEPT.get(page, {}).items():
            if name in names:
                names.setdefault(other, names[name])
    CHECKS[page](names)


def test_the_front_page_is_short():
    assert len(text_of("README.md").splitlines()) <= 150
    code = re.search(r"<!-- example -->\n```python\n(.*?)```", text_of("README.md"), re.DOTALL).group(1)
    assert len(code.strip().splitlines()) <= 17


# ---- commands


def commands(page):
    """Commands of the shell blocks, and those in backticks that name a script or a module."""
    text, found = text_of(page), []
    for language, code in BLOCK.findall(text):
        assert language in ("python", "sh"), f"{page}: a block of an unknown language, {language!r}"
        if language == "sh":
            for line in code.replace("\\\n", " ").splitlines():
                found += [part.strip() for part in line.split("&&")]
    prose = BLOCK.sub("", text)
    found += re.findall(r"`((?:python |\w+\.py )[^`]+)`", prose)
    return list(dict.fromkeys(found))


ALL_COMMANDS = list(dict.fromkeys((page, command) for page in PAGES for command in commands(page)))


class Parsed(Exception):
    """The arguments were read without a complaint."""


def parse(call, arguments, monkeypatch):
    """Calls a command's `main` up to where its arguments are parsed."""
    original = argparse.ArgumentParser.parse_args

    def parse_only(self, *args, **kwargs):
        raise Parsed(original(self, *args, **kwargs))

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_only)
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(Parsed):
        call()


def check_pip(words):
    assert words[0] == "install" and len(words) == 2
    extras = re.fullmatch(r"\.(?:\[(.*)\])?", words[1]).group(1)
    setup = (ROOT / "setup.py").read_text(encoding="utf-8")
    assert not extras or all(f'"{extra}": ' in setup for extra in extras.split(","))


@pytest.mark.parametrize(("page", "command"), ALL_COMMANDS)
def test_a_command_exists_with_its_options(page, command, monkeypatch):
    program, *words = shlex.split(command)
    if program.endswith("pip"):
        return check_pip(words)
    if program.endswith(".py"):
        program, words = "python", [f"experiments/{program}", *words]
    assert re.search(r"(^|/)python3?$", program), f"an unknown program: {command}"
    if words[0] != "-m":
        script = ROOT / words[0]
        assert script.is_file(), words[0]
        return parse(lambda: runpy.run_path(str(script), run_name="__main__"), words, monkeypatch)
    module, *arguments = words[1:]
    if module in ("venv", "pytest"):
        assert importlib.util.find_spec(module)
        return None
    main = importlib.import_module(f"{module}.__main__").main
    return parse(main, [module, *arguments], monkeypatch)


def test_commands_are_found():
    assert {page for page, _ in ALL_COMMANDS} == set(PAGES)


def test_an_option_that_is_not_there_is_noticed(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        test_a_command_exists_with_its_options("", "run_1d.py table1 --no-such-option", monkeypatch)
    assert "--no-such-option" in capsys.readouterr().err


# ---- links, pictures, numbers


def anchors(page):
    """GitHub's names of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_resolve(page):
    text = BLOCK.sub("", text_of(page))
    # what lies outside the repository is not looked up
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")]
    for link in links:
        path, _, anchor = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.relative_to(ROOT) if target.is_absolute() and not path else target), link
    references = set(re.findall(r"^\[([^\]]+)\]: ", text, re.MULTILINE))
    used = set(re.findall(r"\[([^\]\[]+)\](?![(:\[])", re.sub(r"`[^`]*`", "", text)))
    assert references <= used and used <= references


def test_the_short_results_are_those_of_the_long_table():
    """Every number with a decimal point of the front page's table stands in a row of the same item."""
    text = text_of("experiments/README.md")
    long_rows = re.search(r"results table: begin -->\n(.*?)<!-- results", text, re.DOTALL)
    long_rows = long_rows.group(1).splitlines()
    short_rows = re.findall(r"^\| ((?:Table|Figure) \d)(.*)$", text_of("README.md"), re.MULTILINE)
    assert len(short_rows) == 9  # Tables 1–6, Figures 3, 7 and 8
    for item, rest in short_rows:
        printed, ours = (cell.strip() for cell in rest.split("|")[1:3])
        rows = [row for row in long_rows if row.startswith(f"| {item}")]
        assert rows, item
        for values in (printed, ours):
            for number in re.findall(r"\d+\.\d+", values):
                assert any(number in row for row in rows), f"{item}: {number}"
        if item.startswith("Table"):
            assert any(printed in row and ours in row for row in rows), item
