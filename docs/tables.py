"""Writes the tables of the documentation from the program itself, so that they cannot say anything else.

`python docs/tables.py` rewrites what stands between `<!-- table NAME LANGUAGE -->` and `<!-- /table -->` in the pages
of this folder; `python docs/tables.py --check` changes nothing and fails where a page is behind.
"""

import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import inspect

from frostgate.app import Program
from frostgate.base.model import Language
from frostgate.base.statuses import STATUS
from frostgate.base.texts import both
from frostgate.base.web import NEEDS
from frostgate.config import Settings
from frostgate.directory.permissions import PERMISSIONS, Permission, Role
from frostgate.events.model import DATA, EventType
from frostgate.server import Application
from frostgate.signals.catalogue import catalogue
from frostgate.signals.words import describe

FOLDER = Path(__file__).parent
CHINESE = FOLDER / "zh-CN" / "routes.toml"  # what each route does, by its English summary

_PLACE = re.compile(r"(<!-- table (\S+) (\S+) -->\n).*?(<!-- /table -->)", re.DOTALL)
_HOT = {  # the raw handlers: the framework does not know them
    "/v1/events": (Permission.EVENTS_WRITE, "Events in, verdicts out"),
    "/access/v1/evaluation": (Permission.GATE_ASK, "May this account use this service now? (AuthZEN)"),
    "/access/v1/evaluations": (Permission.GATE_ASK, "Several such questions at once (AuthZEN)"),
    "/v1/limits/take": (Permission.LIMITS_TAKE, "May this key make this call now? Takes from its quotas"),
    "/.well-known/authzen-configuration": ("public", "Where the gate's endpoints are (AuthZEN)"),
}
_DOCUMENT = "This API as an OpenAPI 3.1 document"  # said of pages that the framework makes without a word
_HEADS: Mapping[str, Mapping[str, Sequence[str]]] = {
    "events": {"en": ("field", "type", "meaning"), "zh-CN": ("字段", "类型", "含义")},
    "signals": {"en": ("signal", "type", "on", "meaning"), "zh-CN": ("信号", "类型", "适用事件", "含义")},
    "errors": {"en": ("code", "status", "says", "中文"), "zh-CN": ("错误码", "状态码", "中文", "英文")},
    "routes": {"en": ("method", "path", "needs", "what it does"), "zh-CN": ("方法", "路径", "所需权限", "用途")},
    "roles": {
        "en": ("permission", *(role.value for role in Role)),
        "zh-CN": ("权限", *(role.value for role in Role)),
    },
}


def events(language: str) -> Iterator[str]:
    """A table for each event type: its fields, which are required, their types and meanings."""
    for kind, shape in DATA.items():
        yield f"### `io.frostgate.{kind.value}`"
        yield ""
        yield from _head("events", language)
        info = inspect.type_info(shape)
        assert isinstance(info, inspect.StructType), "BUG: event data are structs"
        for field in info.fields:
            name = f"**`{field.name}`**" if field.required else f"`{field.name}`"
            yield _row(name, _type(field.type), describe(f"{kind.value}.{field.name}")[language])
        yield ""


def signals(language: str) -> Iterator[str]:
    """Every signal with its CEL type and the event types that have it; windows are the policy's own."""
    on: dict[str, list[str]] = {}
    rows = {}
    for kind in EventType:
        for signal in catalogue(kind).values():
            on.setdefault(signal.name, []).append(kind.value)
            rows[signal.name] = (signal.type.value, signal.says[language])
    yield from _head("signals", language)
    for name, (kind_of, says) in rows.items():
        yield _row(f"`{name}`", f"`{kind_of}`", ", ".join(on[name]), says)
    numbers = "`int` / `double`"
    every = {"en": "all", "zh-CN": "全部"}[language]
    words = {"en": "A window of the policy, see below", "zh-CN": "策略中定义的窗口，见下文"}[language]
    yield _row("`window.<name>`", numbers, every, words)


def errors(language: str) -> Iterator[str]:
    """Every code with its status and both sentences; "…" stands for a value of the moment."""
    yield from _head("errors", language)
    for code, status in STATUS.items():
        texts = both(code)
        sentences = (texts["en"], texts["zh-CN"]) if language == "en" else (texts["zh-CN"], texts["en"])
        yield _row(f"`{code}`", str(status), *sentences)


def routes(language: str) -> Iterator[str]:
    """Every route with the permission that it asks for, and what it does."""
    found = _routes()
    words = {summary: summary for *_, summary in found} if language == "en" else _in_chinese(found)
    yield from _head("routes", language)
    for method, path, needs, summary in sorted(found, key=lambda row: (row[1], row[0])):
        yield _row(method, f"`{path}`", needs, words[summary])


def _routes() -> list[tuple[str, str, str, str]]:
    """Method, path, permission and English summary."""
    with tempfile.TemporaryDirectory() as folder:
        program = Program(Settings(database=f"sqlite:///{folder}/routes.db"))
        application = Application(program)
        found = [(method, path, str(_HOT[path][0]), _HOT[path][1]) for method, path in application.hot]
        for route in application.litestar.app.routes:  # type: ignore[attr-defined]
            for handler in getattr(route, "route_handlers", ()):
                needs = handler.opt.get(NEEDS)
                if needs is None:
                    continue  # the framework's own: OPTIONS, and its part of the document
                plain = getattr(handler.fn, "func", handler.fn)  # the framework wraps what runs in a thread
                summary = getattr(handler, "summary", None) or (plain.__doc__ or "").partition("\n")[0]
                path = re.sub(r":\w+}", "}", route.path)
                if path == "/schema/{path}":
                    continue  # what the framework answers below that address: there is nothing
                summary = summary.rstrip(".") or _DOCUMENT
                found += [(method, path, str(needs), summary) for method in sorted(handler.http_methods - {"OPTIONS"})]
        program.database.close()
    return found


def _in_chinese(found: Sequence[tuple[str, str, str, str]]) -> Mapping[str, str]:
    """The Chinese of every summary; a summary without it, or a line without its summary, is an error."""
    words: dict[str, str] = tomllib.loads(CHINESE.read_text(encoding="utf-8"))
    summaries = {summary for *_, summary in found}
    if differing := sorted(summaries ^ words.keys()):
        raise SystemExit(f"{CHINESE.relative_to(FOLDER)} lacks a summary, or has one of no route: {differing}")
    return words


def roles(language: str) -> Iterator[str]:
    """Who may do what: the table that the guard reads."""
    yield from _head("roles", language)
    for permission in Permission:
        if permission is not Permission.PUBLIC:
            yield _row(f"`{permission.value}`", *("●" if permission in PERMISSIONS[role] else "" for role in Role))


TABLES: Mapping[str, Callable[[str], Iterator[str]]] = {
    "events": events,
    "signals": signals,
    "errors": errors,
    "routes": routes,
    "roles": roles,
}


def rewritten(text: str) -> str:
    """A page with its tables as they have to be."""

    def table(found: re.Match[str]) -> str:
        lines = "\n".join(TABLES[found[2]](Language(found[3]).value))
        return f"{found[1]}\n{lines.strip()}\n\n{found[4]}"

    return _PLACE.sub(table, text)


def pages() -> list[Path]:
    """Every page that has a table."""
    return [page for page in sorted(FOLDER.rglob("*.md")) if _PLACE.search(page.read_text(encoding="utf-8"))]


def behind() -> list[Path]:
    """Pages whose tables are not what the program says."""
    return [page for page in pages() if rewritten(text := page.read_text(encoding="utf-8")) != text]


def _head(table: str, language: str) -> Iterator[str]:
    titles = _HEADS[table][language]
    yield _row(*titles)
    yield _row(*("---" for _ in titles))


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(kind: inspect.Type) -> str:
    """A field's type with its limits, in words short enough for a table."""
    match kind:
        case inspect.UnionType(types=types):
            return _type(next(each for each in types if not isinstance(each, inspect.NoneType)))
        case inspect.LiteralType(values=values):
            return ", ".join(f"`{value}`" for value in values)
        case inspect.StrType():
            return "string" + _limits(kind.min_length, kind.max_length) + (f" `{kind.pattern}`" if kind.pattern else "")
        case inspect.IntType():
            return "integer" + _limits(kind.ge, kind.le)
        case inspect.BoolType():
            return "true, false"
        case inspect.VarTupleType(item_type=item):
            return f"list of {_type(item)}" + (f", at most {kind.max_length}" if kind.max_length else "")
        case _:
            raise AssertionError(f"BUG: no words for {kind}")


def _limits(least: int | float | None, most: int | float | None) -> str:
    if least is None and most is None:
        return ""
    if least == most:
        return f" of {least}"
    return f" {least or 0}–{most:,}" if most is not None else f" ≥ {least}"


def main() -> int:
    """Write, or with `--check` only compare."""
    late = behind()
    if "--check" in sys.argv:
        for page in late:
            sys.stderr.write(f"{page.relative_to(FOLDER)} is behind: run `python docs/tables.py`\n")
        return 1 if late else 0
    for page in late:
        page.write_text(rewritten(page.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
