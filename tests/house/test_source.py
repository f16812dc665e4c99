"""What the import rules cannot see: how the modules of the house are written."""

import ast
import re

import pytest

from tests.house.source import Module, modules

LONGEST_MODULE = 250
LONGEST_FUNCTION = 60
HAND_WRITTEN = ("portal", "tests", "deploy")


def _where(module: Module, line: int) -> str:
    return f"{module.path}:{line}"


def test_only_the_unit_of_work_commits() -> None:
    elsewhere = [
        _where(module, call.lineno)
        for module in modules()
        if module.path != "portal/infra/unit_of_work.py"
        for name, call in module.calls()
        if name.endswith((".commit", ".rollback"))
    ]
    assert elsewhere == []


def test_only_the_settings_read_the_environment() -> None:
    forbidden = {"os.environ", "os.environb", "os.getenv", "os.putenv"}
    elsewhere = [
        _where(module, line)
        for module in modules()
        if module.path != "portal/infra/settings/reading.py"
        for name, line in module.names()
        if name in forbidden
    ]
    assert elsewhere == []


def test_only_the_clock_reads_the_time() -> None:
    """Infra may measure durations and windows in seconds; dates are the clock's alone."""
    dates = re.compile(r"(^|\.)(datetime\.(now|utcnow|today)|date\.today)$")
    elsewhere = [
        _where(module, call.lineno)
        for module in modules()
        if module.path != "portal/infra/clock.py"
        for name, call in module.calls()
        if dates.search(name) or (name == "time.time" and not module.path.startswith("portal/infra/"))
    ]
    assert elsewhere == []


def test_no_datetime_is_naive() -> None:
    """A constructor or parser without a zone; readings of the clock have a test of their own."""
    naive = [
        _where(module, call.lineno)
        for module in modules()
        for name, call in module.calls()
        if _is_naive(name, call)
    ]
    assert naive == []


def _is_naive(name: str, call: ast.Call) -> bool:
    zoned = any(keyword.arg in {"tz", "tzinfo"} for keyword in call.keywords)
    if name == "datetime":
        return not zoned and len(call.args) < 8
    if name.endswith("datetime.fromtimestamp"):
        return not zoned and len(call.args) < 2
    return name.endswith(("datetime.utcfromtimestamp", "datetime.strptime"))


def test_only_one_module_makes_ids() -> None:
    elsewhere = [
        _where(module, line)
        for module in modules()
        if module.path != "portal/infra/ids.py"
        for name, line in module.names()
        if re.match(r"uuid_utils\b|uuid\.uuid[0-9]", name)
    ]
    assert elsewhere == []


def test_no_view_asks_whether_it_is_a_get() -> None:
    """HEAD comes to the same views: what is not a POST is a look."""
    asking = [module.path for module in modules() if re.search(r"method [!=]= [\"']GET", module.text)]
    assert asking == []


def test_the_product_does_not_assert() -> None:
    """`python -O` takes assertions away; what must hold is raised."""
    asserts = [
        _where(module, node.lineno)
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert asserts == []


@pytest.mark.parametrize("folder", HAND_WRITTEN)
def test_modules_fit_on_a_few_screens(folder: str) -> None:
    lengths = {module.path: module.text.count("\n") for module in modules(folder)}
    assert {path: length for path, length in lengths.items() if length > LONGEST_MODULE} == {}


@pytest.mark.parametrize("folder", HAND_WRITTEN)
def test_functions_fit_on_one_screen(folder: str) -> None:
    long = [
        f"{_where(module, node.lineno)} {node.name}"
        for module in modules(folder)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_tests_neither_skip_nor_patch() -> None:
    """A test that may be left out proves nothing, and one that replaces our own code proves something else."""
    shirking = re.compile(
        r"^(pytest\.(skip|xfail|importorskip)|pytest\.mark\.(skip|skipif|xfail)|unittest\.mock\b.*)$"
    )
    found = [
        _where(module, line)
        for module in modules("tests")
        for name, line in module.names()
        if shirking.match(name)
    ]
    assert found == []
