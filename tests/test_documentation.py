"""Every code block of the README and of the documentation, run; its output compared.

``python`` blocks are doctests, or files when their first line names one; ``console`` blocks are
shell commands with their standard output. ``...`` stands for anything. Other blocks are not run.
"""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import asymp

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\w+\.py)\n")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def blocks(page):
    return BLOCK.findall(page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p)], ids=lambda p: p.stem)
def test_what_a_page_shows_is_what_happens(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    names = {}
    for kind, text in blocks(page):
        named = FILE.match(text)
        if kind == "console":
            run_commands(text)
        elif named:
            (tmp_path / named[1]).write_text(text, encoding="utf-8")
        else:
            run_doctest(text, names, page.name)


def run_doctest(text, names, where):
    example = doctest.DocTestParser().get_doctest(text, names, where, where, 0)
    assert example.examples, f"a python block of {where} is neither a doctest nor a file:\n{text}"
    said = []
    result = doctest.DocTestRunner(optionflags=FLAGS).run(
        example, out=said.append, clear_globs=False
    )
    names.update(example.globs)
    assert result.failed == 0, "".join(said)


def run_commands(text):
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, expected = part.partition("\n")
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        same = doctest.OutputChecker().check_output(expected, done.stdout, FLAGS)
        assert same, f"$ {command}\n{done.stdout}{done.stderr}\nexpected:\n{expected}"


def test_the_links_of_every_page_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_public_name_is_in_the_reference():
    reference = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"asymp\.(\w+)", reference))
    assert set(asymp.__all__) <= documented
