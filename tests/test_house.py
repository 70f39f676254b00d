"""The rules of the house, checked on its source: linters that are tests."""

import ast
import inspect
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import frostgate
from frostgate.base import texts
from frostgate.base.database import metadata
from frostgate.base.errors import Refused
from frostgate.base.model import Language
from frostgate.base.sentences import PHRASES
from frostgate.base.statuses import STATUS

ROOT = Path(frostgate.__file__).parent
REPOSITORY = Path(__file__).parents[1]
SOURCES = sorted(ROOT.rglob("*.py"))

LONGEST_FUNCTION, LONGEST_FILE = 60, 400

# Time, ids and randomness come in as values: only these two ask the machine.
CLOCK, IDS = "base/clock.py", "base/ids.py"
MACHINE = {
    "datetime.now": CLOCK,
    "datetime.utcnow": CLOCK,
    "datetime.today": CLOCK,
    "date.today": CLOCK,
    "time.time": CLOCK,
    "time.time_ns": CLOCK,
    "time.monotonic": CLOCK,
    "time.perf_counter": CLOCK,
    "time.sleep": CLOCK,
    "uuid.uuid1": IDS,
    "uuid.uuid4": IDS,
    "os.urandom": IDS,
    "secrets.token_bytes": IDS,
    "secrets.token_hex": IDS,
    "secrets.token_urlsafe": IDS,
    "secrets.choice": IDS,
    "secrets.randbelow": IDS,
    "random.*": IDS,
}


class Place(NamedTuple):
    """Where something stands."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.Module) -> dict[str, str]:
    """What each imported name stands for, in full."""
    found = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update({alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names})
        elif isinstance(node, ast.ImportFrom):
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def dotted(node: ast.AST, names: dict[str, str]) -> str:
    """The full name of what an expression refers to, as far as imports tell; "" for anything else."""
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.Attribute):
        before = dotted(node.value, names)
        return f"{before}.{node.attr}" if before else ""
    return ""


def references(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every name of another module that is used, with its line."""
    names = imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            found = dotted(node, names)
            if found:
                yield node.lineno, found


def asks_the_machine(tree: ast.Module, file: str) -> list[Place]:
    found = []
    for line, name in references(tree):
        if name == "random.Random":
            continue  # with a seed it is a value like any other; without one it is looked for below
        short = name.removeprefix("datetime.") if name.startswith("datetime.da") else name
        key = "random.*" if short.startswith("random.") else short
        if MACHINE.get(key, file) != file:
            found.append(Place(file, line, name))
    names = imported(tree)
    found += [
        Place(file, node.lineno, "random.Random without a seed")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and not node.args and dotted(node.func, names) == "random.Random"
    ]
    return found


def test_only_the_clock_and_the_ids_ask_the_machine() -> None:
    assert [*map(str, [place for path in SOURCES for place in asks_the_machine(tree_of(path), name_of(path))])] == []


@pytest.mark.parametrize(
    "code",
    [
        "from datetime import datetime\nx = datetime.now()",
        "import datetime\nx = datetime.datetime.utcnow()",
        "import datetime as d\nx = d.datetime.now(d.UTC)",
        "from datetime import datetime as D\nf = D.now",
        "import time\ntime.time()",
        "from time import time as t\nt()",
        "from uuid import uuid4\nuuid4()",
        "import uuid as u\nu.uuid4()",
        "import random\nrandom.random()",
        "from random import choice\nchoice([1])",
        "from random import Random\nRandom()",
        "import os\nos.urandom(8)",
    ],
)
def test_that_linter_has_teeth(code: str) -> None:
    assert asks_the_machine(ast.parse(code), "events/model.py")


def calls_of_ban(tree: ast.Module) -> list[int]:
    return [line for line, name in references(tree) if name == "frostgate.standing.service.ban"]


def read_by_shape(source: str) -> list[int]:
    """Where something is decoded into a shape that is named on the spot, so that the first of all threads prepares it.

    A second thread that reads the same shape meanwhile finds half of what msgspec knows of it, and the process crashes.
    """
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [
        call.lineno
        for call in calls
        if ast.unparse(call.func).endswith(".decode") and any(word.arg == "type" for word in call.keywords)
    ]


def test_what_reads_a_shape_is_made_before_there_are_threads() -> None:
    found = {str(path.relative_to(ROOT)): lines for path in SOURCES if (lines := read_by_shape(path.read_text()))}
    assert found == {}
    assert read_by_shape("def f(x):\n    return msgspec.json.decode(x, type=Params)") == [2]


def test_no_compiled_module_defines_a_struct() -> None:
    """Compiled, it would lose the annotations and the options that msgspec goes by (ADR 48)."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    modules = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["custom"]["modules"]
    structs = [
        str(Place(module, node.lineno, node.name))
        for module in modules
        for node in ast.walk(tree_of(ROOT / f"{module}.py"))
        if isinstance(node, ast.ClassDef) and any("Struct" in ast.unparse(base) for base in node.bases)
    ]
    assert structs == []
    assert len(modules) == len(set(modules)) > 10


def test_nothing_but_a_case_bans() -> None:
    found = {name_of(path): calls_of_ban(tree_of(path)) for path in SOURCES}
    assert {file for file, lines in found.items() if lines} == {"cases/service.py"}


def test_nothing_makes_a_ban_by_hand() -> None:
    """A hold of that kind is only made in `standing.service.ban`: elsewhere the kind is compared, never placed."""
    made = [
        Place(name_of(path), keyword.value.lineno, "kind=Kind.BAN")
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "kind" and ast.unparse(keyword.value) == "Kind.BAN"
    ]
    assert {place.file for place in made} == {"standing/service.py"}


def test_a_function_fits_on_a_screen() -> None:
    long = [
        str(Place(name_of(path), node.lineno, f"{node.name} has {node.end_lineno - node.lineno + 1} lines"))
        for path in SOURCES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
        if "migrations/versions" not in name_of(path)  # a list of columns, read from top to bottom
    ]
    assert long == []


def test_a_file_can_be_read_at_once() -> None:
    sizes = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {file: size for file, size in sizes.items() if size > LONGEST_FILE} == {}


def refusals() -> list[type[Refused]]:
    """Every kind of refusal that the program knows."""
    for module in pkgutil.walk_packages([str(ROOT)], "frostgate."):
        if not module.name.endswith(("__main__", "migrations.env")) and "versions" not in module.name:
            __import__(module.name)
    found, wanted = set(), [Refused]
    while wanted:
        kind = wanted.pop()
        found.add(kind)
        wanted += kind.__subclasses__()
    return sorted((kind for kind in found if kind.__module__.startswith("frostgate.")), key=lambda kind: kind.__name__)


def test_every_refusal_has_its_status_and_both_sentences() -> None:
    known = set(texts.codes())
    missing = [kind.code for kind in refusals() if kind.code not in STATUS or kind.code not in known]
    assert missing == []


def test_every_code_with_a_status_has_both_sentences() -> None:
    for code in STATUS:
        chinese, english = (texts.say(code, language) for language in (Language.ZH, Language.EN))
        assert re.search("[一-鿿]", chinese), code
        assert re.search("[a-z]", english), code
        assert not re.search("[一-鿿]", english), code


def test_every_refusal_says_what_it_means() -> None:
    assert [kind.__name__ for kind in refusals() if not inspect.getdoc(kind)] == []


def codes_used() -> set[str]:
    """Codes that stand in the source as text, as in `_refusal("gate.not_ours")`."""
    found = set()
    for path in SOURCES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"_refusal", "both", "say"}:
                found |= {a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)}
    return found


def test_every_code_that_is_said_has_its_sentences() -> None:
    assert codes_used() - set(texts.codes()) - PHRASES.keys() == set()


# Where packages come from and where somebody's checkout lies is nobody's business; "/home" in an address is another.
_PRIVATE = re.compile(
    "|".join(
        [
            "pypi" + r"\.org",
            "python" + r"hosted\.",
            "npm" + r"js\.",
            "npm" + r"mirror\.",
            "tsinghua" + r"\.edu",
            "alipay" + "objects",
            r"(?<![\w.-])/" + r"work/",
            r"(?<![\w.-])/" + r"root/",
            r"(?<![\w.-])/" + r"home/\w",
        ]
    )
)
TEXT = {".py", ".toml", ".txt", ".md", ".yaml", ".yml", ".cfg", ".ini", ".sh", ".html", ".j2", ".json", ".lock", ""}


def published_files() -> Iterator[Path]:
    """What somebody who clones the repository gets."""
    for top in ("src", "tests", "bench", "docs", "policies", "requirements", "clients", "console", "tools", ".ci"):
        folder = REPOSITORY / top
        yield from (
            (path for path in folder.rglob("*") if path.is_file() and path.suffix in TEXT) if folder.exists() else ()
        )
    yield from (path for path in REPOSITORY.iterdir() if path.is_file() and path.suffix in TEXT)


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    found = []
    for path in published_files():
        if "__pycache__" in path.parts or "node_modules" in path.parts:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{path.relative_to(REPOSITORY)}: {match.group()}" for match in _PRIVATE.finditer(text)]
    assert found == []


# Every query of a tenant's rows names the tenant, or stands here with the reason why it need not.
UNSCOPED = {
    "background.Background.forget_events": "which decisions must be kept, for all alike",
    "base.journal._walk": "the chain is one for all",
    "base.journal.has_head": "the chain is one for all",
    "base.journal.told_since": "memory follows every tenant",
    "billing.alerts.store.due": "the pass looks at whoever it is time for",
    "billing.invoicing.store.tenants_with_plans": "the terminal bills all tenants",
    "billing.dunning.store.due": "the pass looks at whoever it is time for",
    "billing.ledger.store.all_ledgers": "whether the books hold is asked of all tenants'",
    "billing.payments.store": "what is not posted yet belongs to the platform; every query of it stands here",
    "cases.clock.store.due": "the pass looks at whichever case it is time for",
    "cases.conditions.store.overdue": "and at whichever case waits no longer",
    "cases.clock.store.last_runs": "of cases that whoever asks has seen already",
    "cases.store.find_case": "passes through `scoped`, as does the next",
    "cases.store.list_cases": "staff of the platform see every tenant's",
    "cases.store.decided_cases": "joined to what is kept until a case is decided, of whichever tenant",
    "cases.desk.store.next_free": "as does this",
    "cases.desk.store.waiting": "and this",
    "cases.desk.store.neighbours_of": "and this",
    "cases.groups.store.counts_of": "and this",
    "cases.groups.store.sizes_of": "and this",
    "cases.groups.store.tenants_of": "and this",
    "cases.desk.store.live_of": "of cases that whoever asks has seen already",
    "cases.desk.store.live_leases": "what people have in hand, of whichever tenant; the desk shows its reader's",
    "cases.bulk.store.running": "what two people agreed to is carried out, of whichever tenant",
    "appeals.store.get_appeal": "passes through `_scoped`, as does the next",
    "appeals.store.list_appeals": "staff of the platform see every tenant's",
    "checkups.people": "of the tenants that whoever asks names: a quarter's reviews are made for many at once",
    "checkups.reviews.counting.count_sign_ins": "as are these",
    "checkups.reviews.store.due": "the pass looks at whichever review it is time for",
    "checkups.reviews.store.tenants_with_removals": "as does this",
    "checkups.store.due": "and at whichever check-up",
    "checkups.store.forget_sign_ins": "housekeeping by age, for all alike",
    "checkups.store._read": "what belongs to check-ups that a scoped query gave it",
    "events.disowned.disowned_since": "memory follows every tenant",
    "directory.credentials": "operators and tokens may belong to no tenant; the routes check whose they read",
    "directory.emergencies.store": "an emergency may be of the whole platform; the routes check whose they read",
    "directory.managers.store.of_person": "somebody who leaves looks after no tenant any more",
    "portfolio.store": "of the tenants of one page, which `_page` chooses for its reader",
    "directory.factors.store": "an owner names the tenant, and every query is of one owner; see `_of`",
    "directory.factors.attempts": "as does this",
    "directory.sessions.store.open_sessions": "of one operator, of whom the routes check who may see them",
    "cases.store.kept_until": "what people keep for a time ends in every tenant",
    "enforcement.store.changed_after": "the register follows every tenant",
    "events.store.after": "memory is rebuilt from everybody's events",
    "events.store.last_before": "as is where to begin with them",
    "events.store.forget_before": "housekeeping by age, for all alike",
    "limits.store.everything": "every process knows every tenant's quotas",
    "limits.buckets.forget": "housekeeping by time, for all alike",
    "limits.store.is_assigned": "whether anybody has a plan of the platform",
    "limits.buckets.load": "memory is that of all tenants",
    "metrics.Figures._notices": "counts for the platform's own monitoring",
    "documents.store.list_due": "housekeeping by age, for all alike",
    "notices.store.find_notice": "whoever asks has a link that we signed, and not whose it is",
    "notices.store.find_receipted": "whoever posts a receipt names the notice, and not whose it is; all must fit",
    "notices.contacts.store.due_to_ask": "the program's own pass over everybody",
    "notices.store.find_by_code": "whoever asks has the code and not whose it is; the page never says it",
    "selfcheck.store.find_ask": "the id is known to whoever asked, and to nobody else",
    "selfcheck.store.new_asks": "the chore looks up whatever was asked for",
    "selfcheck.store.forget_asks": "housekeeping by age, for all alike",
    "standing.store.released_as_own": "memory is rebuilt from everybody's releases",
}


def tables_of_tenants() -> set[str]:
    return {table.name for table in metadata.sorted_tables if "tenant_id" in table.columns} - {"tenants"}


class Queries(ast.NodeVisitor):
    """Collects the functions that build statements on tenants' tables without a word about the tenant."""

    def __init__(self, module: str, tables: set[str]) -> None:
        self.module = module
        self.tables = tables
        self.stack: list[str] = []
        self.found: list[str] = []

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._into(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._into(node)
        if self._builds_a_statement(node) and not self._names_the_tenant(node):
            self.found.append(".".join([self.module, *self.stack, node.name]))

    def _into(self, node: ast.ClassDef | ast.FunctionDef) -> None:
        self.stack.append(node.name)
        self.generic_visit(node)
        self.stack.pop()

    def _builds_a_statement(self, node: ast.FunctionDef) -> bool:
        for each in ast.walk(node):
            if isinstance(each, ast.Call):
                called = ast.unparse(each.func)
                arguments = {ast.unparse(argument).partition(".")[0] for argument in each.args}
                if called in {"sa.select", "select"} and arguments & self.tables:
                    return True
                before, _, verb = called.rpartition(".")
                if verb in {"update", "delete"} and before in self.tables:
                    return True
        return False

    def _names_the_tenant(self, node: ast.FunctionDef) -> bool:
        """Whether a condition compares the column: `table.c.tenant_id == ...`."""
        return any(
            isinstance(each, ast.Compare) and ast.unparse(each.left).endswith(".c.tenant_id") for each in ast.walk(node)
        )


def variables_of_tables(tree: ast.Module, tables: set[str]) -> set[str]:
    """The names under which a module knows tenants' tables: its own, and those it imports from a store."""
    own = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) == "sa.Table"
        and isinstance(node.value.args[0], ast.Constant)
        and node.value.args[0].value in tables
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return own | {name for name, full in imported(tree).items() if full.rpartition(".")[2] in tables}


def unscoped() -> list[str]:
    tables, found = tables_of_tenants(), []
    for path in SOURCES:
        tree = tree_of(path)
        names = variables_of_tables(tree, tables)
        if names:
            visitor = Queries(name_of(path).removesuffix(".py").replace("/", "."), names)
            visitor.visit(tree)
            found += visitor.found
    return found


def excused(name: str) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in UNSCOPED)


def test_every_query_is_scoped_to_a_tenant_or_says_why_not() -> None:
    assert [name for name in unscoped() if not excused(name)] == []


def test_no_excuse_outlives_its_query() -> None:
    found = unscoped()
    assert [known for known in UNSCOPED if not any(n == known or n.startswith(f"{known}.") for n in found)] == []


def test_that_linter_sees_the_queries() -> None:
    """Without its list it finds the ones that are known to look at everybody's rows."""
    found = unscoped()
    for known in ("events.store.after", "enforcement.store.changed_after", "notices.store.find_by_code"):
        assert known in found
