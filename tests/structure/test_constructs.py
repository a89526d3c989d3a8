"""Constructs that are kept to one place, or out of the house, by DESIGN.md sections 3 and 5.

A place is a file below src/remit, or everything below a directory (`vault/`). Each has its reason,
and a place that no longer uses what it was allowed fails, so that the lists stay short.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from tests.structure.source import Module, called_name, modules, suite, within

Places = Mapping[str, str]

MARK = re.compile(r"#\s*(type:\s*ignore|noqa|pragma:\s*no cover)")
REASONED = re.compile(MARK.pattern + r"[^#]*?\s(#|-|:)\s+\w")

# Evidence is made by the check that proves it, and nowhere else.
MADE_IN: Mapping[str, Places] = {
    "MintPermit": {"policy/permits.py": "made from a Clearance and an engine's Allowed"},
    "CallPermit": {"policy/permits.py": "made from a Clearance and an engine's Allowed"},
    "ReleasePermit": {"policy/permits.py": "made from a Clearance and an engine's Allowed"},
}
# A secret's value is taken out only where it is used.
OPENED_IN: Places = {
    "vault/": "seals, opens, and makes the credential of a call",
    "jose/": "signs with private keys",
    "client/": "runs beside the agent, and shows its own assertions and tokens to their issuer",
    "identity/proof/nonces.py": "draws DPoP nonces from the secret of the process",
    "web/broker.py": "answers with the access token that was issued",
    "cli/demonstration/thief.py": "presents a stolen token of the demonstration, to be refused",
    "proxy/injection.py": "puts the credential into the call's headers",
}
# Whatever goes wrong here is answered, recorded or survived, as the reason says.
CATCHES_ALL: Places = {
    "web/asgi.py": "the last line: a fault of ours is logged whole, and shown to nobody",
    "storage/sqlite/writer.py": "the one writer's thread: its end refuses everybody who waits",
    "signals/in_flight.py": "a call that cannot be cut must not save the others; raised at the end",
}
# `request.url` of Starlette is built from what the caller sent: it is never read.
READS_REQUEST_URL: Places = {}
# Statements that cannot be fixed text; each names what is put into them, and why that is safe.
BUILDS_SQL: Places = {}

SQL_START = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|CREATE|ALTER|DROP|PRAGMA|WITH)\s")
EXECUTES = {"execute", "executemany", "executescript"}


def evidence(name: str) -> Callable[[Module], Iterator[ast.expr]]:
    def find(module: Module) -> Iterator[ast.expr]:
        yield from (call for call in module.calls() if called_name(call) == name)

    return find


def openings(module: Module) -> Iterator[ast.expr]:
    """Calls of `.open()` without arguments: what takes a Secret's value out."""
    for call in module.calls():
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "open"
            and not (call.args or call.keywords)
        ):
            yield call


def request_urls(module: Module) -> Iterator[ast.expr]:
    for node in ast.walk(module.tree):
        match node:
            case ast.Attribute(
                attr="url", value=ast.Name(id="request") | ast.Attribute(attr="request")
            ):
                yield node
            case _:
                pass


def built_sql(module: Module) -> Iterator[ast.expr]:
    """Text that starts as a statement and is put together, or is handed to `execute` so."""
    for node in ast.walk(module.tree):
        match node:
            case ast.JoinedStr() | ast.BinOp(op=ast.Add() | ast.Mod()) if SQL_START.match(
                leading(node)
            ):
                yield node
            case ast.Call(func=ast.Attribute(attr=name), args=[first, *_]) if (
                name in EXECUTES and put_together(first)
            ):
                yield first
            case _:
                pass


def leading(node: ast.expr) -> str:
    """The literal text that an expression starts with."""
    match node:
        case ast.JoinedStr(values=[first, *_]):
            return leading(first)
        case ast.BinOp(left=left):
            return leading(left)
        case ast.Constant(value=str(text)):
            return text
        case _:
            return ""


def put_together(node: ast.expr) -> bool:
    match node:
        case ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "replace")):
            return True
        case _:
            return False


def catch_alls(module: Module) -> Iterator[ast.excepthandler]:
    """Handlers of everything that do not raise again."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type):
            raised = any(
                isinstance(each, ast.Raise) for part in node.body for each in ast.walk(part)
            )
            if not raised:
                yield node


def catches_all(caught: ast.expr | None) -> bool:
    match caught:
        case None:
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name in {"Exception", "BaseException"}
        case ast.Tuple(elts=several):
            return any(catches_all(each) for each in several)
        case _:
            return False


Found = ast.expr | ast.excepthandler
KEPT: Mapping[str, tuple[Callable[[Module], Iterator[Found]], Places]] = {
    **{f"making a {name}": (evidence(name), places) for name, places in MADE_IN.items()},
    "opening a secret": (openings, OPENED_IN),
    "reading request.url": (request_urls, READS_REQUEST_URL),
    "building SQL": (built_sql, BUILDS_SQL),
    "catching everything": (catch_alls, CATCHES_ALL),
}


@pytest.mark.parametrize("what", KEPT)
def test_it_is_done_in_its_places_only(what: str) -> None:
    find, places = KEPT[what]
    elsewhere = [
        module.place(node)
        for module in modules()
        if not within(module.path, places)
        for node in find(module)
    ]
    assert not elsewhere, f"{what} outside its places"


@pytest.mark.parametrize("what", [what for what in KEPT if not what.startswith("making")])
def test_no_place_is_allowed_what_it_does_not_do(what: str) -> None:
    find, places = KEPT[what]
    used = {module.path for module in modules() if any(find(module))}
    assert not [place for place in places if not any(within(path, {place: ""}) for path in used)]


def test_source_does_not_check_with_assert() -> None:
    # `python -O` removes them.
    asserts = [
        module.place(node)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert not asserts


def test_nothing_uses_a_mock_library() -> None:
    banned = {"mock", "unittest.mock", "pytest_mock"}
    users = [
        module.place(node)
        for module in (*modules(), *suite())
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Import | ast.ImportFrom) and imported(node) & banned
    ]
    assert not users


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    names = {each.name for each in node.names}
    if isinstance(node, ast.Import):
        return names
    return {node.module or ""} | {f"{node.module}.{name}" for name in names}


def test_packages_re_export_nothing() -> None:
    exporting = {"__init__.py", "testing/__init__.py"}
    more = [
        module.path
        for module in modules()
        if module.path.endswith("__init__.py")
        and module.path not in exporting
        and module.tree.body[1:]
    ]
    assert not more


def test_each_suppressed_warning_gives_its_reason() -> None:
    # The reason stands behind the code and a dash or hash, or as a comment on the line above.
    bare = [
        f"{module.path}:{number}"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if MARK.search(line) and not REASONED.search(line) and number - 1 not in module.comments()
    ]
    assert not bare


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("making a CallPermit", "permit = permits.CallPermit(request, clearance, allowed)"),
        ("opening a secret", "print(secret.open())"),
        ("reading request.url", "htu = self.request.url.path"),
        ("building SQL", "connection.execute(f'SELECT a FROM {table}')"),
        ("building SQL", "statement = 'DELETE FROM ' + table"),
        ("building SQL", "cursor.execute(START % table)"),
        ("building SQL", "cursor.execute(' '.join(parts))"),
        ("catching everything", "try:\n    f()\nexcept Exception:\n    pass"),
        ("catching everything", "try:\n    f()\nexcept (OSError, BaseException) as e:\n    log(e)"),
        ("catching everything", "try:\n    f()\nexcept:\n    pass"),
    ],
    ids=range(10),
)
def test_the_check_sees_what_is_banned(what: str, code: str) -> None:
    find, _ = KEPT[what]
    assert list(find(Module("web/somewhere.py", code, ast.parse(code))))


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("opening a secret", "stream = path.open('rb')"),
        ("building SQL", "cursor.execute(QUERIES['load'], (tenant, name))"),
        ("building SQL", "message = f'Selected {count}'"),
        ("catching everything", "try:\n    f()\nexcept Exception as e:\n    raise Refused from e"),
    ],
    ids=range(4),
)
def test_the_check_lets_the_rest_pass(what: str, code: str) -> None:
    find, _ = KEPT[what]
    assert not list(find(Module("web/somewhere.py", code, ast.parse(code))))
