"""Confidence intervals against values that others published."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from frostgate.simulation.evaluation.intervals import clopper_pearson, quantile, wilson


# Newcombe, Statistics in Medicine 17 (1998), 857-872, table I: the score method and the exact one.
@pytest.mark.parametrize(
    ("hits", "of", "score", "exact"),
    [
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (0, 20, (0.0, 0.1611), (0.0, 0.1684)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_published_values(hits: int, of: int, score: tuple[float, float], exact: tuple[float, float]) -> None:
    assert wilson(hits, of) == pytest.approx(score, abs=6e-5)
    assert clopper_pearson(hits, of) == pytest.approx(exact, abs=6e-5)


def test_nothing_seen_in_many_is_the_exact_rule_of_three() -> None:
    low, high = clopper_pearson(0, 15_000)
    assert low == 0.0
    assert high == pytest.approx(1 - 0.025 ** (1 / 15_000), rel=1e-9)


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == clopper_pearson(0, 0) == (0.0, 1.0)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_both_hold_the_share_and_mirror(drawn: tuple[int, int]) -> None:
    hits, of = drawn
    for interval in (wilson, clopper_pearson):
        low, high = interval(hits, of)
        assert 0.0 <= low <= hits / of + 1e-12
        assert hits / of - 1e-12 <= high <= 1.0
        mirrored = interval(of - hits, of)
        assert (1 - mirrored[1], 1 - mirrored[0]) == pytest.approx((low, high), abs=1e-9)


def test_quantiles_are_values_that_were_seen() -> None:
    assert quantile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert quantile([1.0, 2.0], 0.5) == 1.0
    assert quantile([float(each) for each in range(1, 101)], 0.95) == 95.0
    assert quantile([7.0], 0.95) == 7.0
