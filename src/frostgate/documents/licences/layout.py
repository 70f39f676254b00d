"""From lines of print to the fields of a licence, by the labels that the form prints before them. Pure.

A photo is never quite straight: all corners are first turned back by the slope of the longest lines. Then a value is
what follows its label in the same line, or stands right of it, or below it; a name that runs on continues in the line
below, where that begins under the value and no label stands before it.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from math import atan2, cos, sin
from statistics import median

import msgspec

from frostgate.documents.licences.model import Field, Licence, Line, Read

# The form's own words, longest first where one begins like another.
LABELS: tuple[tuple[str, Field | None], ...] = (
    ("统一社会信用代码", Field.CODE),
    ("社会信用代码", Field.CODE),  # the first letters under a stamp
    ("企业名称", Field.NAME),
    ("名称", Field.NAME),
    ("字号名称", Field.NAME),
    ("法定代表人", Field.LEGAL_REPRESENTATIVE),
    ("执行事务合伙人", Field.LEGAL_REPRESENTATIVE),
    ("经营者", Field.LEGAL_REPRESENTATIVE),
    ("负责人", Field.LEGAL_REPRESENTATIVE),
    ("投资人", Field.LEGAL_REPRESENTATIVE),
    ("主体类型", Field.TYPE),
    ("类型", Field.TYPE),
    ("成立日期", Field.ESTABLISHED),
    ("注册日期", Field.ESTABLISHED),
    ("营业期限", Field.TERM),
    ("合伙期限", Field.TERM),
    ("经营期限", Field.TERM),
    *((label, None) for label in ("注册资本", "经营范围", "经营场所", "组成形式", "住所", "登记机关", "营业场所")),
)
TITLE = "营业执照"
_RUNS_ON = frozenset({Field.NAME})  # values that may take more than one line
_PERSON = re.compile(r"[^\W\d_]+(?:[·•.][^\W\d_]+)*")
_CODE_RUN = re.compile(r"[0-9A-Z]{15,22}")
_CODE_LENGTH = 18
# Letters that no code has (GB 32100-2015 leaves them out because they are misread), and what they are misread for.
IMPOSSIBLE = str.maketrans({"O": "0", "I": "1", "Z": "2", "S": "5", "V": "U"})


class _Box(msgspec.Struct, frozen=True, kw_only=True):
    """A line that stands straight: its edges in pixels, and its words without gaps and of one width."""

    words: str
    confidence: float
    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def licence_of(lines: Iterable[Line]) -> Licence:
    """What a licence says; whatever cannot be found is not there."""
    boxes = _joined(_straight(list(lines)))
    fields: dict[Field, Read] = {}
    for place, box in enumerate(boxes):
        label, field = _label(box.words)
        if field is None or field in fields:
            continue
        value = _value(boxes, place, label, field)
        if value is not None and (read := _fitting(field, value)) is not None:
            fields[field] = read
    if Field.CODE not in fields and (code := _code_anywhere(boxes)) is not None:
        fields[Field.CODE] = code
    return Licence(fields=fields, is_titled=any(TITLE in box.words for box in boxes), lines=len(boxes))


def plain(words: str) -> str:
    """Words of one width and without gaps, as comparing and searching need them."""
    return "".join(unicodedata.normalize("NFKC", words).split())


def _straight(lines: Sequence[Line]) -> list[_Box]:
    """The lines turned back until print runs level."""
    tilt = _tilt(lines)
    across, up = cos(-tilt), sin(-tilt)
    boxes = []
    for line in lines:
        xs = [x * across - y * up for x, y in line.corners]
        ys = [x * up + y * across for x, y in line.corners]
        # Corners of a short line are a guess; the mean of the two upper ones is less of one.
        top, bottom = (ys[0] + ys[1]) / 2, (ys[2] + ys[3]) / 2
        words = plain(line.words)
        if words and bottom > top:
            boxes.append(
                _Box(words=words, confidence=line.confidence, left=min(xs), right=max(xs), top=top, bottom=bottom)
            )
    return sorted(boxes, key=lambda box: (box.top, box.left))


def _tilt(lines: Sequence[Line]) -> float:
    """How far the page is turned, in radians, by the longer half of its lines."""
    slopes = []
    for line in lines:
        (x, y), (to_x, to_y), *_ = line.corners
        slopes.append((to_x - x, atan2(to_y - y, to_x - x)))
    slopes.sort(reverse=True)
    return median(angle for _, angle in slopes[: max(1, len(slopes) // 2)]) if slopes else 0.0


def _joined(boxes: Sequence[_Box]) -> list[_Box]:
    """With labels in one piece whose letters the form spreads out: 名 and 称 found apart are one label again."""
    left = list(boxes)
    for each in boxes:
        box = each
        while box in left and (end := _rest_of_label(box, left)) is not None:
            sure = min(box.confidence, end.confidence)
            whole = msgspec.structs.replace(box, words=box.words + end.words, right=end.right, confidence=sure)
            left.remove(end)
            left[left.index(box)] = box = whole
    return left


def _rest_of_label(box: _Box, boxes: Iterable[_Box]) -> _Box | None:
    """The box with which the beginning of a label goes on."""
    if not any(label.startswith(box.words) for label, _ in LABELS):
        return None
    for each in boxes:
        goes_on = any(label.startswith(box.words + each.words) for label, _ in LABELS)
        if goes_on and 0 < each.left - box.right < 6 * box.height and _level(box, each):
            return each
    return None


def _label(words: str) -> tuple[str, Field | None]:
    """The label that a line begins with, and which field it announces; "" where it begins with none."""
    for label, field in LABELS:
        if words.startswith(label):
            return label, field
    return "", None


def _level(one: _Box, other: _Box) -> bool:
    """Whether two boxes stand in the same line of print."""
    return abs(one.middle - other.middle) < 0.6 * min(one.height, other.height)


def _value(boxes: Sequence[_Box], place: int, label: str, field: Field) -> _Box | None:
    """What stands behind a label: in its own box, right of it, or for the code below it."""
    box = boxes[place]
    rest = box.words[len(label) :].lstrip(":：;,.、")
    if rest:
        begins = box.left + (box.right - box.left) * len(label) / len(box.words)
        found: _Box | None = msgspec.structs.replace(box, words=rest, left=begins)
    else:
        found = _right_of(box, boxes)
        if field is Field.CODE and (found is None or _code_in(found.words) is None):
            found = _below(box, boxes)
    if found is None or field not in _RUNS_ON:
        return found
    while (more := _goes_on(found, box, boxes)) is not None:
        found = msgspec.structs.replace(
            found,
            words=found.words + more.words,
            bottom=more.bottom,
            top=more.top,
            confidence=min(found.confidence, more.confidence),
        )
    return found


def _right_of(box: _Box, boxes: Sequence[_Box]) -> _Box | None:
    """The nearest box right of one, unless that is a label itself."""
    behind = [each for each in boxes if each is not box and each.left > box.left and _level(box, each)]
    nearest = min((each for each in behind if each.left >= box.right - box.height), key=lambda e: e.left, default=None)
    return None if nearest is None or _label(nearest.words)[0] else nearest


def _below(box: _Box, boxes: Sequence[_Box]) -> _Box | None:
    """The nearest box under one."""
    under = [
        each
        for each in boxes
        if box.middle < each.top < box.bottom + 2.5 * box.height and each.left < box.right and each.right > box.left
    ]
    return min(under, key=lambda each: each.top, default=None)


def _goes_on(value: _Box, label: _Box, boxes: Sequence[_Box]) -> _Box | None:
    """The line in which a value goes on: it begins under it, and no label stands in that line on the left."""
    for each in boxes:
        follows = value.middle < each.middle - 0.5 * value.height and each.top < value.bottom + 0.6 * value.height
        if not follows or abs(each.left - value.left) > 1.5 * value.height or _label(each.words)[0]:
            continue
        if any(_label(other.words)[0] and other.left < each.left and _level(other, each) for other in boxes):
            continue
        return each
    return None


def _fitting(field: Field, value: _Box) -> Read | None:
    """The value as far as it can be one of this field."""
    words = value.words
    if field is Field.CODE:
        code = _code_in(words)
        return None if code is None else Read(words=code, confidence=value.confidence)
    if field is Field.LEGAL_REPRESENTATIVE:
        found = _PERSON.match(words)
        return None if found is None else Read(words=found[0], confidence=value.confidence)
    return Read(words=words, confidence=value.confidence)


def _code_in(words: str) -> str | None:
    """A code in a line, with letters that no code has taken for what they are misread for."""
    for run in _CODE_RUN.findall(words.upper()):
        if sum(sign.isdigit() for sign in run) >= 8:
            return str(run.translate(IMPOSSIBLE))
    return None


def _code_anywhere(boxes: Iterable[_Box]) -> Read | None:
    """A code whose label is worn away: the only run of just its length."""
    found = [
        Read(words=code, confidence=box.confidence)
        for box in boxes
        if (code := _code_in(box.words)) is not None and len(code) == _CODE_LENGTH
    ]
    return found[0] if len(found) == 1 else None
