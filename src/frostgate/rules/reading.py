"""Reading YAML that people write, keeping the place of every value and collecting every problem.

We read YAML's nodes, not its values: a node knows its line and column, and a word stays a word (YAML 1.1 takes `on`
for true and Norway's `NO` for false). Aliases are refused because a few lines of them unfold to gigabytes; so are
tags, duplicate keys, deep nesting and files beyond a megabyte.
"""

from collections.abc import Collection, Iterator
from typing import Any, NoReturn

import yaml

from frostgate.rules.checked import did_you_mean
from frostgate.rules.places import Place, line_and_column
from frostgate.rules.policy import seconds
from frostgate.rules.problems import PolicyProblem

LARGEST = 1_000_000  # bytes
DEEPEST = 20  # nested values; a policy needs seven


class Unreadable(Exception):
    """Nothing more can be read; the reader's `problems` say why."""


class Reader:
    """One file being read: its text, its path for messages, and what was found wrong so far."""

    def __init__(self, source: bytes, path: str, problems: list[PolicyProblem]) -> None:
        self.path = path
        self.problems = problems
        self.text = ""
        if len(source) > LARGEST:
            self._stop("yaml.too_large", f"the file has {len(source)} bytes; at most {LARGEST} are read")
        try:
            self.text = source.decode()
        except UnicodeDecodeError as error:
            self._stop("yaml.not_utf8", f"byte {error.start} is not UTF-8")
        self._rows = self.text.split("\n")

    def root(self) -> yaml.Node:
        """The file's one document.

        Raises:
            Unreadable: it is no YAML, or YAML that we refuse.
        """
        try:
            self._refuse_tricks()
            node = yaml.compose(self.text, yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            assert mark is not None, "BUG: a marked error without a mark"
            self.add(mark.line + 1, mark.column + 1, "yaml.syntax", str(error.problem or error.context))
            raise Unreadable from error
        except yaml.YAMLError as error:  # a control character; it has no mark
            line, column = line_and_column(self.text, getattr(error, "position", 0))
            self.add(line, column, "yaml.syntax", "a character that YAML does not allow")
            raise Unreadable from error
        if node is None:
            self._stop("yaml.empty", "the file is empty")
        return node

    def add(self, line: int, column: int, code: str, message: str, hint: str = "") -> None:
        """Note a problem at a place that is already known."""
        snippet = self._rows[line - 1].rstrip("\r") if line <= len(self._rows) else ""
        problem = PolicyProblem(
            path=self.path, line=line, column=column, code=code, message=message, snippet=snippet, hint=hint
        )
        self.problems.append(problem)

    def wrong(self, node: yaml.Node, code: str, message: str, hint: str = "") -> None:
        """Note a problem with a value (or a key); the caret goes under its first character."""
        if isinstance(node, yaml.ScalarNode) and node.value and node.style in ("|", ">"):
            line, column = Place(self.text, node).of(0)
        else:
            line, column = node.start_mark.line + 1, node.start_mark.column + 1
        self.add(line, column, code, message, hint)

    def within(self, node: yaml.Node, offset: int, code: str, message: str, hint: str = "") -> None:
        """Note a problem inside a text value, at one of its characters."""
        assert isinstance(node, yaml.ScalarNode), "BUG: only text has characters"
        self.add(*Place(self.text, node).of(offset), code, message, hint)

    def pairs(self, node: yaml.Node, what: str) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """The keys and values of a mapping, each key once."""
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, "policy.wrong_type", f"{what} must be a mapping of names to values")
            return
        seen: dict[str, int] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.wrong(key, "policy.wrong_type", f"a key of {what} must be plain text")
            elif key.value in seen:
                first = seen[key.value]
                self.wrong(
                    key, "yaml.duplicate_key", f"{key.value} stands here a second time", f"first on line {first}"
                )
            else:
                seen[key.value] = key.start_mark.line + 1
                yield key, value

    def fields(
        self, node: yaml.Node, what: str, required: Collection[str], optional: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        """The values of a mapping with known keys; unknown and missing ones are noted."""
        known = [*required, *optional]
        found: dict[str, yaml.Node] = {}
        for key, value in self.pairs(node, what):
            if key.value in known:
                found[key.value] = value
            else:
                hint = did_you_mean(key.value, known) or f"{what} knows {', '.join(known)}"
                self.wrong(key, "policy.unknown_key", f"{what} has no key {key.value}", hint)
        if isinstance(node, yaml.MappingNode):
            for name in required:
                if name not in found:
                    self.wrong(node, "policy.missing_key", f"{what} needs the key {name}")
        return found

    def items(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        """The elements of a list; an absent list is an empty one."""
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, "policy.wrong_type", f"{what} must be a list")
            return []
        return list(node.value)

    def word(self, node: yaml.Node | None, what: str) -> str | None:
        """A text; None (noted) for lists and mappings, and for nothing at all."""
        if node is None:
            return None
        if not isinstance(node, yaml.ScalarNode) or (not node.value.strip() and node.style is None):
            self.wrong(node, "policy.wrong_type", f"{what} must be text")
            return None
        return str(node.value)

    def one_of(self, node: yaml.Node | None, what: str, known: Collection[str], code: str) -> str | None:
        """A word out of a fixed set."""
        word = self.word(node, what)
        if node is None or word is None or word in known:
            return word
        hint = did_you_mean(word, known)
        listed = f"there are {', '.join(known)}"
        self.wrong(node, code, f"{word} is no {what}", hint if "did you" in hint else listed)
        return None

    def duration(self, node: yaml.Node | None, what: str, *, most: int) -> int | None:
        """A duration in seconds, at most `most`."""
        word = self.word(node, what)
        if node is None or word is None:
            return None
        length = seconds(word)
        if length is None:
            hint = "write a whole number and s, m, h or d: 10s, 5m, 1h, 7d"
            self.wrong(node, "policy.bad_duration", f"{word} is no duration", hint)
        elif length > most:
            self.wrong(node, "policy.bad_duration", f"{what} is at most {most // 86_400}d")
            return None
        return length

    def flag(self, node: yaml.Node | None, what: str) -> bool:
        """`true` or `false`; absent is false."""
        return self.one_of(node, what, ("true", "false"), "policy.wrong_type") == "true"

    def _refuse_tricks(self) -> None:
        """Look at the stream of YAML's events first: composing follows aliases and recurses."""
        depth = 0
        for event in yaml.parse(self.text, yaml.SafeLoader):
            opens = isinstance(event, yaml.CollectionStartEvent)
            depth += opens - isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                self._stop_at(event, "yaml.alias", "aliases are not allowed", "write the value out")
            if getattr(event, "anchor", None):
                self._stop_at(event, "yaml.alias", "anchors are not allowed", "write the value out")
            if getattr(event, "tag", None):
                self._stop_at(event, "yaml.tag", "tags are not allowed", "write the plain value")
            if depth > DEEPEST:
                self._stop_at(event, "yaml.too_deep", "nested too deeply")

    def _stop_at(self, event: Any, code: str, message: str, hint: str = "") -> NoReturn:
        self.add(event.start_mark.line + 1, event.start_mark.column + 1, code, message, hint)
        raise Unreadable

    def _stop(self, code: str, message: str) -> NoReturn:
        self.problems.append(PolicyProblem(path=self.path, line=1, column=1, code=code, message=message))
        raise Unreadable
