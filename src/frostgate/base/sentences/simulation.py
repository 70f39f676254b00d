"""What the evaluation of a simulation says."""

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "simulation.truth_missing": (
        "输入中没有标注谁是正常账号，请使用 frostgate simulate 生成的数据。",
        "The stream does not say who is honest; use one that `frostgate simulate` wrote.",
    ),
}
