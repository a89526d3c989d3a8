"""Patterns of pinned schemas, matched in linear time.

A tool's author writes the pattern and an agent the text, and neither may stall the proxy: the
engine behind this has no backtracking. What it cannot express (look-around, back references) is
refused when the schema is compiled, never approximated.
"""

from collections.abc import Callable

from pydantic_core import SchemaError, SchemaValidator
from pydantic_core.core_schema import str_schema

from remit.policy.refusals import SchemaUnusable

MAX_PATTERN = 1000


def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a text contains the pattern (JSON Schema: not anchored). Raises SchemaUnusable."""
    if len(pattern) > MAX_PATTERN:
        raise SchemaUnusable(f"a pattern is longer than {MAX_PATTERN}")
    try:
        compiled = SchemaValidator(str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError:
        raise SchemaUnusable("a pattern cannot be matched in linear time") from None
    return compiled.isinstance_python
