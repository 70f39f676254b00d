"""What is wrong with a policy, and where: said like a compiler says it, all of it at once."""

import unicodedata
from collections.abc import Sequence

import msgspec

from frostgate.base.errors import Refused


class PolicyProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong with a policy. Line and column count from 1, in characters; `snippet` is that line."""

    path: str
    line: int
    column: int
    code: str
    message: str
    snippet: str = ""
    hint: str = ""

    def render(self) -> str:
        """`path:line:column: error[code]: message`, then the line with a caret under the column, then the hint."""
        lines = [f"{self.path}:{self.line}:{self.column}: error[{self.code}]: {self.message}"]
        if self.snippet:
            lines += [f"    {self.snippet}", f"    {_blank(self.snippet[: self.column - 1])}^"]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)


class PolicyUnreadable(Refused):
    """The policy file cannot be opened; `file` and `problem` say which and why."""

    code = "policy.unreadable"


class PolicyRefused(Refused):
    """A policy that cannot be used; nothing of it takes effect. `problems` are in the order of the text."""

    code = "policy.refused"

    def __init__(self, problems: Sequence[PolicyProblem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.path, p.line, p.column)))
        super().__init__(count=len(self.problems), problems=[msgspec.to_builtins(p) for p in self.problems])

    def render(self) -> str:
        """Every problem, for a terminal."""
        count = len(self.problems)
        total = f"{count} problem{'s' if count != 1 else ''}; the policy is not used"
        return "\n".join([*(problem.render() for problem in self.problems), total])

    def __str__(self) -> str:
        return self.render()


def _blank(text: str) -> str:
    """Blanks as wide as the text on a terminal, so that the caret also stands right after Chinese and tabs."""
    return "".join(
        "\t" if sign == "\t" else "\u3000" if unicodedata.east_asian_width(sign) in "WF" else " " for sign in text
    )
