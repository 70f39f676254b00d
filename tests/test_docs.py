"""The documentation says what the program does: names, tables, links, and the sentence that it all stands on."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest
from markdown_it import MarkdownIt

from frostgate.base.sentences import PHRASES, SENTENCES
from frostgate.base.sentences.misfits import PATTERNS
from frostgate.base.statuses import STATUS
from frostgate.config import Settings
from frostgate.directory.permissions import Role
from frostgate.events import cloudevents, endpoint, intake
from frostgate.events.importers import importers
from frostgate.events.model import DATA, EventType
from frostgate.notices.registered import PARAMETERS
from frostgate.signals.catalogue import BY, catalogue
from frostgate.signals.model import Window
from frostgate.signals.words import describe_window

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted({*ROOT.glob("*.md"), *DOCS.rglob("*.md")})

SENTENCE = (
    "an event arrives, signals are read, rules give a verdict, the verdict places or releases holds, the account's "
    "standing follows, enforcement points and notices are brought into line, and a case lets people put it right."
)


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_tables", DOCS / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_exists_in_chinese() -> None:
    assert {page.name for page in DOCS.glob("*.md")} == {page.name for page in (DOCS / "zh-CN").glob("*.md")}


def both_languages(page: str) -> Iterator[str]:
    yield (DOCS / page).read_text(encoding="utf-8")
    yield (DOCS / "zh-CN" / page).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_the_sentence_stands_as_it_is(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    plain = re.sub(r"\s+", " ", re.sub(r"\*|^> ", "", text, flags=re.MULTILINE))
    assert SENTENCE.lower() in plain.lower()


def test_tables_are_those_of_the_program(tables: ModuleType) -> None:
    assert [page.name for page in tables.behind()] == [], "run `python docs/tables.py`"


def settings() -> Iterator[tuple[str, Any]]:
    """Each setting's name and its default."""
    yield from _settings("", Settings())


def _settings(room: str, of: msgspec.Struct) -> Iterator[tuple[str, Any]]:
    for name, value in msgspec.structs.asdict(of).items():
        if isinstance(value, msgspec.Struct):
            yield from _settings(f"{room}{name}.", value)
        else:
            yield f"{room}{name}", value


def test_every_setting_is_explained() -> None:
    for text in both_languages("operations.md"):
        for name, _ in settings():
            variable = "FROSTGATE_" + name.upper().replace(".", "__")
            assert re.search(rf"^\| `{re.escape(name)}` \| `{variable}` \|", text, re.MULTILINE), name


def test_defaults_of_settings_are_the_program_s() -> None:
    text = (DOCS / "operations.md").read_text(encoding="utf-8")
    for name, default in settings():
        if isinstance(default, str | int | float) and default != "":
            shown = f"{default:g}" if isinstance(default, float) else str(default)
            shown = shown.lower() if isinstance(default, bool) else shown
            assert re.search(rf"^\| `{name}` \| `\w+` \| `{re.escape(shown)}` \|", text, re.MULTILINE), name


def test_what_texts_are_filled_with_is_explained() -> None:
    for text in both_languages("operations.md"):
        for template, values in PARAMETERS.items():
            assert f"| `{template}` | {', '.join(f'`{value}`' for value in values)} |" in text


def test_every_event_field_is_explained() -> None:
    for text in both_languages("events.md"):
        for kind, shape in DATA.items():
            part = text.partition(f"### `io.frostgate.{kind.value}`")[2].partition("###")[0]
            for field in shape.__struct_fields__:
                assert f"`{field}`" in part, f"{kind}.{field}"


def test_limits_of_events_are_the_program_s() -> None:
    for text in both_languages("events.md"):
        for limit in (
            f"{endpoint.LIMIT >> 20} MiB",
            f"{cloudevents.MAX_BATCH:,}",
            f"{intake.MAX_WAITING:,}",
            f" {intake.EXPRESS}",
            f" {cloudevents.CLOCK_AHEAD.seconds // 60} ",
            f"{Settings().oldest_event_days}",
        ):
            assert limit in text


def test_every_importer_is_named() -> None:
    for text in both_languages("events.md"):
        for name in importers():
            assert f"| `{name}` |" in text


def test_every_signal_is_explained() -> None:
    for text in both_languages("policies.md"):
        for kind in EventType:
            for name in catalogue(kind):
                assert f"| `{name}` |" in text


def test_every_error_code_and_role_is_listed() -> None:
    for text in both_languages("api.md"):
        for code, status in STATUS.items():
            assert f"| `{code}` | {status} |" in text
        for role in Role:
            assert f" {role.value} " in text


def chinese() -> Iterator[str]:
    """Every Chinese sentence that the program may say of itself, with its placeholders, and of its signals."""
    for sentence, _ in {**SENTENCES, **PHRASES, **PATTERNS}.values():
        yield sentence
    for on in EventType:
        for signal in catalogue(on).values():
            yield signal.says["zh-CN"]
    for by in BY:
        only = {"outcome": "failure", "second_factor": False}
        window = Window(name="w", on=EventType.LOGIN, by=by, kind="distinct", of="ip", over=60, where=only)
        yield describe_window(window)["zh-CN"]


def test_chinese_is_punctuated_as_chinese() -> None:
    han, half = "[\u4e00-\u9fff]", "[,;:!?()]"
    assert [said for said in chinese() if re.search(f"{han} ?{half}|{half} ?{han}", said)] == []


def links(page: Path) -> Iterator[tuple[str, str]]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if not re.match(r"[a-z]+:", target):
            path, _, anchor = target.partition("#")
            yield path, anchor


def anchors(page: Path) -> set[str]:
    """The anchors that a renderer makes of headings: small letters, words joined by hyphens, other signs dropped."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for path, anchor in links(page):
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), path
        assert target.is_relative_to(ROOT), path
        if anchor:
            assert anchor in anchors(target), f"{path}#{anchor}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_is_bold_is_shown_so(page: Path) -> None:
    """CommonMark closes no bold between a full stop and a Chinese sign: there the asterisks would be seen."""
    html = MarkdownIt().enable("table").render(page.read_text(encoding="utf-8"))
    assert "**" not in re.sub(r"<code.*?</code>", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_page_names_a_place_on_somebody_s_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert not re.search(
        "/(home|root|work|Users)/|/tmp/|" + "|".join(("py" + "pi[.]org", "python" + "hosted", "npm" + "js")), text
    )


def test_every_decision_is_in_the_list() -> None:
    listed = (DOCS / "adr" / "README.md").read_text(encoding="utf-8")
    for page in (DOCS / "adr").glob("0*.md"):
        title = page.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2]
        assert f"[{title}]({page.name})" in listed
