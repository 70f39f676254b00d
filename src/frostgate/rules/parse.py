"""From a policy file to a `Policy`, or to everything that is wrong with it.

The grammar is documented at the top of `policies/standard.yaml`, where policy authors look for it. All problems are
collected and refused together: an author who fixes one line should not meet the next mistake only then.
"""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from frostgate.events.model import DATA, EventType
from frostgate.rules import says
from frostgate.rules.checked import Checked, Checker, ConditionRefused
from frostgate.rules.model import CAUSES, LANGUAGES, SERVICES, Effect, Example, Rule, Verdict
from frostgate.rules.places import Place
from frostgate.rules.policy import Policy
from frostgate.rules.problems import PolicyProblem, PolicyRefused, PolicyUnreadable
from frostgate.rules.reading import Reader, Unreadable
from frostgate.signals.catalogue import BY, LONGEST, catalogue, window_problems
from frostgate.signals.model import Signal, Window

Catalogue = Callable[[EventType, Sequence[Window]], Mapping[str, Signal]]

DAY = 86_400
_KINDS = ("count", "sum", "distinct", "rate")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,63}")  # of windows and lists: it must be a CEL field name
_RULE_ID = re.compile(r"[a-z0-9]+([.-][a-z0-9]+)*")
_CEL_RESERVED = {
    *("as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in", "let", "loop"),
    *("package", "namespace", "null", "return", "true", "var", "void", "while"),
}


def load(path: Path, signals: Catalogue = catalogue) -> Policy:
    """Read the policy file at `path`; its examples lie in the same folder or below.

    Raises:
        PolicyRefused: with every problem of the file.
        PolicyUnreadable: the file cannot be opened.
    """
    try:
        source = path.read_bytes()
    except OSError as error:
        raise PolicyUnreadable(file=str(path), problem=error.strerror or str(error)) from None
    return parse(source, signals, path=path.name, folder=path.parent)


def parse(
    source: bytes | str, signals: Catalogue = catalogue, *, path: str = "policy", folder: Path | None = None
) -> Policy:
    """Read a policy's text. Without a `folder` the example files are not looked for (it came over the wire).

    Raises:
        PolicyRefused: with every problem of the text.
    """
    problems: list[PolicyProblem] = []
    try:
        reader = Reader(source.encode() if isinstance(source, str) else source, path, problems)
        policy = _Parser(reader, signals, folder).policy(reader.root())
    except Unreadable:
        raise PolicyRefused(problems) from None
    if problems:
        raise PolicyRefused(problems)
    return policy


class _Parser:
    """The grammar. Every method notes what is wrong and goes on with what is usable."""

    def __init__(self, reader: Reader, signals: Catalogue, folder: Path | None) -> None:
        self._reader = reader
        self._catalogue = signals
        self._folder = folder
        self._windows: tuple[Window, ...] = ()
        self._lists: dict[str, tuple[str, ...]] = {}
        self._misread: set[str] = set()  # windows that exist but are wrong; rules that read them are not blamed
        self._ids: dict[str, int] = {}
        self.signals = functools.cache(self._signals)
        self.checker = functools.cache(self._checker)

    def policy(self, root: yaml.Node) -> Policy:
        """The whole file."""
        required = ("name", "guard", "keep_events", "rules")
        parts = self._reader.fields(root, "a policy", required, ("windows", "lists"))
        guard = self._reader.duration(parts.get("guard"), "guard", most=365 * DAY)
        keep = self._reader.duration(parts.get("keep_events"), "keep_events", most=3650 * DAY)
        if "lists" in parts:
            self._lists = self._read_lists(parts["lists"])
        if "windows" in parts:
            self._windows = self._read_windows(parts["windows"])
        rules = [self._rule(node) for node in self._reader.items(parts.get("rules"), "rules")]
        return Policy(
            name=self._reader.word(parts.get("name"), "the name") or "",
            windows=self._windows,
            lists=self._lists,
            rules=tuple(rule for rule in rules if rule is not None),
            guard_seconds=guard or 0,
            keep_events_seconds=keep or 0,
            source=self._reader.text,
        )

    def _signals(self, on: EventType) -> Mapping[str, Signal]:
        return self._catalogue(on, self._windows)

    def _checker(self, on: EventType) -> Checker:
        return Checker(self.signals(on), self._lists)

    def _identifier(self, key: yaml.ScalarNode, what: str) -> str | None:
        if _IDENTIFIER.fullmatch(key.value) and key.value not in _CEL_RESERVED:
            return str(key.value)
        hint = "small letters, digits and _, beginning with a letter, and no word of CEL"
        self._reader.wrong(key, "policy.bad_name", f"{key.value} cannot name a {what}", hint)
        return None

    def _read_lists(self, node: yaml.Node) -> dict[str, tuple[str, ...]]:
        lists: dict[str, tuple[str, ...]] = {}
        for key, value in self._reader.pairs(node, "lists"):
            words = [self._reader.word(item, "an entry") for item in self._reader.items(value, f"lists.{key.value}")]
            if name := self._identifier(key, "list"):
                lists[name] = tuple(word for word in words if word is not None)
        return lists

    def _read_windows(self, node: yaml.Node) -> tuple[Window, ...]:
        windows = []
        for key, value in self._reader.pairs(node, "windows"):
            name = self._identifier(key, "window")
            window = self._window(name or "", value)
            if window is not None and name:
                windows.append(window)
            else:
                self._misread.add(f"window.{key.value}")
        return tuple(windows)

    def _window(self, name: str, node: yaml.Node) -> Window | None:
        """One window; the signals' room knows what can be counted, here only the words are read."""
        reader = self._reader
        parts = reader.fields(node, "a window", ("on", "by", "kind", "over"), ("of", "where"))
        on = reader.one_of(parts.get("on"), "event type", tuple(EventType), "window.unknown_event")
        by = reader.one_of(parts.get("by"), "thing to count by", tuple(BY), "window.bad_by")
        kind = reader.one_of(parts.get("kind"), "kind of window", _KINDS, "window.bad_kind")
        over = reader.duration(parts.get("over"), "over", most=LONGEST)
        of = reader.word(parts.get("of"), "of")
        if not (on and by and kind and over):
            return None
        places = {**parts, "of": parts.get("of", parts["kind"])}
        where: dict[str, Any] = {}
        for key, value in reader.pairs(parts["where"], "where") if "where" in parts else ():
            places[f"where.{key.value}"] = value
            where[key.value] = _value(reader.word(value, "a value"), DATA[EventType(on)], key.value)
        window = Window(name=name, on=EventType(on), by=by, kind=kind, of=of, over=over, where=where)  # type: ignore[arg-type]
        problems = [problem.partition(": ") for problem in window_problems(window)]
        for part, _, sentence in problems:
            if part in places:  # the name was refused already, at its key
                reader.wrong(places[part], f"window.bad_{part.partition('.')[0]}", sentence)
        return None if problems else window

    def _rule(self, node: yaml.Node) -> Rule | None:
        reader = self._reader
        before = len(reader.problems)
        parts = reader.fields(node, "a rule", ("id", "on", "when", "effect", "says"), ("shadow", "examples"))
        rule_id = self._rule_id(parts.get("id"))
        on = reader.one_of(parts.get("on"), "event type", tuple(EventType), "rule.unknown_event")
        shadow = reader.flag(parts.get("shadow"), "value of shadow")
        effect = self._effect(parts["effect"]) if "effect" in parts else None
        checked = self._when(parts["when"], EventType(on)) if on and "when" in parts else None
        sentences = self._says(parts["says"], EventType(on) if on else None) if "says" in parts else {}
        matches, stays_away = self._examples(node, parts.get("examples"), shadow=shadow)
        if len(reader.problems) > before or not (rule_id and on and effect and checked):
            return None
        read = {name for name in checked.reads if not name.startswith("lists.")}
        read.update(name for sentence in sentences.values() for name in says.names(sentence))
        when = parts["when"]
        assert isinstance(when, yaml.ScalarNode), "BUG: a checked condition was text"
        return Rule(
            id=rule_id,
            on=EventType(on),
            when=checked.text,
            effect=effect,
            says=sentences,
            shadow=shadow,
            line=Place(reader.text, when).of(0)[0],
            reads=tuple(sorted(read)),
            matches=matches,
            stays_away=stays_away,
        )

    def _rule_id(self, node: yaml.Node | None) -> str | None:
        word = self._reader.word(node, "the id")
        if node is None or word is None:
            return None
        line = node.start_mark.line + 1
        if not _RULE_ID.fullmatch(word) or len(word) > 100:
            hint = "small letters, digits, - and ., as in login.impossible-journey"
            self._reader.wrong(node, "rule.bad_id", f"{word} cannot be the id of a rule", hint)
            return None
        if word in self._ids:
            message = f"the id {word} is taken"
            self._reader.wrong(node, "rule.duplicate_id", message, f"by the rule on line {self._ids[word]}")
            return None
        self._ids[word] = line
        return word

    def _when(self, node: yaml.Node, on: EventType) -> Checked | None:
        text = self._reader.word(node, "the condition")
        if text is None or not isinstance(node, yaml.ScalarNode):
            return None
        try:
            return self.checker(on).check(text)
        except ConditionRefused as refused:
            for problem in refused.problems:
                if self._blamed_already(problem.code, problem.message):
                    continue
                line, column = Place(self._reader.text, node).of_line(text, problem.line, problem.column)
                self._reader.add(line, column, problem.code, problem.message, problem.hint)
        return None

    def _blamed_already(self, code: str, message: str) -> bool:
        """Whether this only says that a window is missing which we have refused ourselves a few lines above."""
        return code.endswith(".unknown_signal") and any(name in message.split(" ") for name in self._misread)

    def _effect(self, node: yaml.Node) -> Effect | None:
        reader = self._reader
        before = len(reader.problems)
        verdicts = [verdict.word for verdict in Verdict if verdict is not Verdict.ALLOW]
        parts = reader.fields(node, "an effect", (), (*verdicts, "services", "retry_after"))
        named = [verdict for verdict in verdicts if verdict in parts]
        if len(named) != 1:
            message = "an effect names exactly one verdict with its cause"
            if len(reader.problems) == before:
                reader.wrong(node, "effect.not_one", message, "as in `effect: {freeze: abnormal_login}`")
            return None
        verdict = Verdict[named[0].upper()]
        for extra, owner in (("services", Verdict.LIMIT), ("retry_after", Verdict.THROTTLE)):
            if extra in parts and verdict is not owner:
                reader.wrong(parts[extra], "policy.unknown_key", f"{extra} goes with {owner.word} only")
            if extra not in parts and verdict is owner:
                reader.wrong(node, "policy.missing_key", f"{owner.word} needs the key {extra}")
        cause = reader.one_of(parts[named[0]], "cause", CAUSES, "effect.unknown_cause")
        services = [
            reader.one_of(item, "service", SERVICES, "effect.unknown_service")
            for item in reader.items(parts.get("services"), "services")
        ]
        if "services" in parts and not services:
            reader.wrong(parts["services"], "effect.unknown_service", "a limit bites on at least one service")
        retry_after = reader.duration(parts.get("retry_after"), "retry_after", most=DAY)
        named_services = tuple(dict.fromkeys(service for service in services if service))
        return Effect(verdict=verdict, cause=cause or "", services=named_services, retry_after=retry_after)

    def _says(self, node: yaml.Node, on: EventType | None) -> dict[str, str]:
        sentences: dict[str, str] = {}
        reader = self._reader
        for key, value in reader.pairs(node, "says"):
            if key.value not in LANGUAGES:
                hint = f"write {' and '.join(LANGUAGES)}"
                reader.wrong(key, "says.unknown_language", f"there is no language {key.value} here", hint)
                continue
            sentence = reader.word(value, "the sentence")
            if sentence is None:
                continue
            sentences[key.value] = sentence
            for slip in says.slips(sentence, self.signals(on)) if on else ():
                if not self._blamed_already(slip.code, slip.message):
                    reader.within(value, slip.offset, slip.code, slip.message, slip.hint)
        for language in LANGUAGES:
            if language not in sentences and isinstance(node, yaml.MappingNode):
                reader.wrong(node, "says.missing_language", f"the sentence in {language} is missing")
        return sentences

    def _examples(
        self, rule: yaml.Node, node: yaml.Node | None, *, shadow: bool
    ) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
        reader = self._reader
        parts = reader.fields(node, "examples", (), ("matches", "stays_away")) if node is not None else {}
        found: list[tuple[Example, ...]] = []
        for side in ("matches", "stays_away"):
            items = reader.items(parts.get(side), side)
            examples = [self._example(item) for item in items]
            if not items and not shadow:
                hint = "a rule that acts shows what it must and what it must not catch"
                reader.wrong(node or rule, "examples.missing", f"no example under {side}", hint)
            found.append(tuple(example for example in examples if example is not None))
        return found[0], found[1]

    def _example(self, node: yaml.Node) -> Example | None:
        reader = self._reader
        parts = reader.fields(node, "an example", ("name", "file"))
        name, file = reader.word(parts.get("name"), "the name"), reader.word(parts.get("file"), "the file")
        if name is None or file is None:
            return None
        relative = Path(file)
        if relative.is_absolute() or ".." in relative.parts or "\x00" in file:
            message = f"{file} leads out of the policy's folder"
            reader.wrong(parts["file"], "examples.outside", message, "write a path below it")
        elif self._folder is not None:
            target = (self._folder / relative).resolve()
            if not target.is_relative_to(self._folder.resolve()):
                reader.wrong(parts["file"], "examples.outside", f"{file} leads out of the policy's folder")
            elif not target.is_file():
                reader.wrong(parts["file"], "examples.no_file", f"there is no file {file}")
        return Example(name=name, file=file)


def _value(word: str | None, data: type[msgspec.Struct], field: str) -> Any:
    """The word as a value of that field; what does not convert stays a word, and the window's check refuses it."""
    kind = next((known.type for known in msgspec.structs.fields(data) if known.name == field), str)
    try:
        return msgspec.convert(word, kind, strict=False)
    except msgspec.ValidationError:
        return word
