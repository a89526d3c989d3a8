"""The two stories: the numbered list at the top and the numbers at the blocks are one list."""

import ast
import re

import pytest

from tests.structure.source import ROOT, SOURCE, Function, Module, parse

# The file, and the last number of its list (DESIGN.md section 2); each list starts at 0.
STORIES = {"broker/token_endpoint.py": 7, "proxy/call.py": 9}

PAGES = {"broker/token_endpoint.py": "token-request.md", "proxy/call.py": "tool-call.md"}

# A step of the list ends with what it proves: `1 the caller: verify token and proof -> Caller`.
PROVED = re.compile(r"^\s*(\d+) .*-> ([A-Z]\w+(?:, [A-Z]\w+)*)", re.MULTILINE)
LISTED = re.compile(r"^\s*(\d+)[.:)]?\s+\S")
AT_BLOCK = re.compile(r"^(\d+)(?:\s*(?:-|to)\s*(\d+))?[.:)]?(?:\s|$)")


@pytest.mark.parametrize("path", STORIES)
def test_the_list_and_the_blocks_of_a_story_agree(path: str) -> None:
    story = parse(SOURCE / path)
    steps = list(range(STORIES[path] + 1))
    function = told_in(story)
    assert listed(function, story) == steps, f"{path}: the docstring's list"
    assert at_blocks(function, story) == steps, (
        f"{path}: the numbers at the blocks of {function.name}"
    )


def test_the_decision_only_part_carries_the_first_numbers_of_a_call() -> None:
    part = parse(SOURCE / "proxy/decide.py")
    assert at_blocks(told_in(part), part) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("path", STORIES)
def test_the_page_of_a_story_names_the_same_evidence(path: str) -> None:
    story = parse(SOURCE / path)
    page = (ROOT / "docs" / "explanation" / PAGES[path]).read_text("utf-8")
    rows = dict(re.findall(r"^\| (\d+) \|(.*)$", page, re.MULTILINE))
    told = ast.get_docstring(told_in(story)) or ""
    evidence = {step: kinds.split(", ") for step, kinds in PROVED.findall(told)}
    assert evidence
    assert not {
        f"{step}: {kind}"
        for step, kinds in evidence.items()
        for kind in kinds
        if f"`{kind}`" not in rows[step]
    }


def told_in(story: Module) -> Function:
    """The function with the most numbered blocks."""
    return max(story.functions(), key=lambda each: len(at_blocks(each, story)))


def listed(function: Function, story: Module) -> list[int]:
    """The numbers of the list in the function's docstring, or else in the module's."""
    text = ast.get_docstring(function) or ""
    if not any(LISTED.match(line) for line in text.splitlines()):
        text = ast.get_docstring(story.tree) or ""
    return [int(found[1]) for line in text.splitlines() if (found := LISTED.match(line))]


def at_blocks(function: Function, story: Module) -> list[int]:
    """The numbers in the comments of a function; `0-4` or `0 to 4` stand for each of them."""
    numbers: list[int] = []
    for line, comment in story.comments().items():
        if function.lineno < line <= (function.end_lineno or 0) and (
            found := AT_BLOCK.match(comment)
        ):
            numbers += range(int(found[1]), int(found[2] or found[1]) + 1)
    return numbers


def test_the_check_sees_a_block_without_its_number() -> None:
    text = "def tell():\n    '0. one\\n1. two'\n    # 0 one\n    one()\n    two()\n"
    story = Module("told.py", text, ast.parse(text))
    function = told_in(story)
    assert listed(function, story) == [0, 1]
    assert at_blocks(function, story) == [0]
