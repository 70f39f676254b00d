"""Where a character of a YAML value stands in the file.

A condition's error has a place in the condition; its author looks at the file. Between the two stand YAML's quoting,
escapes and folding, which this undoes by walking the file's text and the value side by side.
"""

from collections.abc import Iterator

import yaml

_ESCAPES = {"x": 2, "u": 4, "U": 8}  # how many hexadecimal digits follow


class Place:
    """The places of one scalar's characters in the text of its file."""

    def __init__(self, text: str, node: yaml.ScalarNode) -> None:
        self._text = text
        self._start = node.start_mark.index
        self._offsets = list(self._walk(text[self._start : node.end_mark.index], node.value, node.style))

    def of(self, offset: int) -> tuple[int, int]:
        """(line, column), both from 1, of the value's character at `offset`; past the end, just behind the last."""
        behind = self._offsets[-1] + 1 if self._offsets else 0
        at = self._offsets[offset] if offset < len(self._offsets) else behind
        return line_and_column(self._text, self._start + at)

    def of_line(self, value: str, line: int, column: int) -> tuple[int, int]:
        """The place of a (line, column) of the value, both from 1."""
        lines = value.split("\n")
        return self.of(sum(len(row) + 1 for row in lines[: line - 1]) + column - 1)

    @staticmethod
    def _walk(source: str, value: str, style: str | None) -> Iterator[int]:
        if style == '"':
            return _double_quoted(source, value)
        start = source.find("\n") + 1 if style in ("|", ">") else int(style == "'")  # a block's header is skipped
        return _aligned(source, value, start, quote=style == "'")


def _aligned(source: str, value: str, at: int, *, quote: bool) -> Iterator[int]:
    """Plain, single-quoted and block text: all signs stand there as they are, only the blanks between were folded."""
    for sign in value:
        if not sign.isspace():
            while at < len(source) and source[at] != sign:
                at += 1
            yield at
            at += 2 if quote and sign == "'" else 1  # a quote inside quotes is written twice
        else:
            yield at
            at += at < len(source) and source[at].isspace()


def _double_quoted(source: str, value: str) -> Iterator[int]:
    at = 1
    for sign in value:
        while source.startswith("\\\n", at) or (source[at : at + 1].isspace() and not sign.isspace()):
            at += 2 if source[at] == "\\" else 1  # a folded line, with the indentation of the next
        yield at
        if source[at : at + 1] == "\\":
            at += 2 + _ESCAPES.get(source[at + 1 : at + 2], 0)
        else:
            at += 1


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """(line, column), both from 1, of the character at `index`."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)
