"""Which lines are taken for a budget, in which order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from headroom_cli.stages.select import MARKER_TOKENS, Item, select


def item(weight: float, tokens: int = 10, family: int = 0, *, slow: bool = False, text: bytes = b"") -> Item:
    return Item(weight=weight, tokens=tokens, family=family, group=family, slow=slow, text=text or b"%d %f" % (family, weight))


def test_the_heaviest_line_comes_first() -> None:
    items = {0: item(1, family=0), 50: item(9, family=1), 100: item(5, family=2)}
    assert select(items, 1000) == [50, 100, 0]


def test_a_long_line_has_to_tell_more() -> None:
    assert select({0: item(5, tokens=400, family=0), 50: item(4, tokens=5, family=1)}, 1000) == [50, 0]


def test_lines_that_must_come_first_do() -> None:
    items = {0: item(9, family=0), 50: item(1, family=1), 100: item(-3, family=2)}
    assert select(items, 1000, first=[100, 50])[:2] == [100, 50]
    assert select(items, 1, first=[100, 50])[:2] == [100, 50]


def test_lines_that_must_come_first_and_are_no_candidates_are_ignored() -> None:
    assert select({5: item(1)}, 100, first=[7, 5, 5]) == [5]


def test_what_tells_nothing_is_left_out_unless_the_budget_must_be_filled() -> None:
    items = {0: item(3, family=0), 50: item(-9, family=1)}
    assert select(items, 1000) == [0]
    assert select(items, 1000, fill=True) == [0, 50]


def test_each_further_line_of_a_template_is_worth_less() -> None:
    items = {place: item(8, family=0, text=b"%d" % place) for place in range(0, 500, 50)} | {900: item(3, family=1)}
    assert select(items, 1000).index(900) <= 3


def test_members_of_a_list_of_failures_fall_more_slowly() -> None:
    items = {place: item(8, family=0, slow=True, text=b"%d" % place) for place in range(0, 500, 50)} | {900: item(3, family=1)}
    assert select(items, 1000).index(900) >= 4


def test_a_second_copy_is_worth_little() -> None:
    items = {
        0: item(8, family=0, slow=True, text=b"same"),
        50: item(8, family=0, slow=True, text=b"same"),
        100: item(3, family=1),
    }
    assert select(items, 1000) == [0, 100, 50]


def test_a_neighbour_of_a_kept_line_needs_no_marker_of_its_own() -> None:
    items = {10: item(9, family=0), 11: item(2, tokens=4, family=1), 90: item(2, tokens=4, family=2)}
    assert select(items, 1000) == [10, 11, 90]


def test_the_budget_ends_it() -> None:
    items = {place * 50: item(5, tokens=20, family=place) for place in range(20)}
    assert 3 <= len(select(items, 100)) <= 4
    assert select(items, 0) == []


_ITEMS = st.dictionaries(
    st.integers(0, 300),
    st.builds(
        Item,
        st.floats(-5, 12),
        st.integers(0, 60),
        st.integers(0, 5),
        st.integers(0, 3),
        st.booleans(),
        st.sampled_from([b"a", b"b", b"c"]),
        st.just(-1),
    ),
    max_size=60,
)


@given(items=_ITEMS, budget=st.integers(0, 900), fill=st.booleans())
@examples(max_examples=200)
def test_nothing_is_taken_twice_and_the_budget_is_kept(items: dict[int, Item], budget: int, fill: bool) -> None:
    order = select(items, budget, fill=fill)
    assert len(order) == len(set(order))
    assert set(order) <= items.keys()
    assert sum(items[place].tokens for place in order) <= budget + 2 * MARKER_TOKENS + MARKER_TOKENS * len(order)
    assert order == select(dict(reversed(items.items())), budget, fill=fill)


def test_a_line_that_needs_another_brings_it() -> None:
    head = item(0.5, tokens=30, family=0)
    items = {10: head, 14: item(9, family=1)._replace(needs=10), 50: item(5, family=2)}
    assert select(items, 1000) == [10, 14, 50]
    chain = {1: item(0.1, family=0), 2: item(0.1, family=1)._replace(needs=1), 3: item(9, family=2)._replace(needs=2)}
    assert select(chain, 1000) == [1, 2, 3]


def test_what_is_needed_counts_against_the_budget() -> None:
    items = {10: item(0.5, tokens=300, family=0), 14: item(9, family=1)._replace(needs=10), 50: item(5, family=2)}
    assert select(items, 100) == [50]


@given(items=_ITEMS)
@examples(max_examples=100)
def test_with_budget_to_spare_everything_is_taken(items: dict[int, Item]) -> None:
    assert set(select(items, 10**6, fill=True)) == items.keys()


@given(items=_ITEMS, needs=st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=30), budget=st.integers(0, 900))
@examples(max_examples=150)
def test_nothing_is_taken_without_what_it_needs(items: dict[int, Item], needs: list[tuple[int, int]], budget: int) -> None:
    for place, needed in needs:
        if place in items and needed < place:
            items[place] = items[place]._replace(needs=needed)
    order = select(items, budget)
    taken = set(order)
    assert all(items[place].needs in taken for place in order if items[place].needs in items)


def test_what_never_comes_alone_comes_with_what_needs_it() -> None:
    from headroom_cli.stages.select import NEVER

    items = {0: Item(NEVER, 5, 0, 10, False, b"rows = [", -1), 1: Item(2.0, 1, 1, 11, False, b"]", 0), 5: Item(1.0, 3, 5, 15, False, b"x", -1)}
    assert select(items, 4, fill=True) == [5]
    assert set(select(items, 400, fill=True)) == {0, 1, 5}
