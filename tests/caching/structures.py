"""Structured values of every kind, for Hypothesis."""

from decimal import Decimal

from hypothesis import strategies as st

from caching.structured import MAX_INTEGER, Date, DisplayString, InnerList, Item, Token

_ASCII = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
_INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)

KEYS = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,9}", fullmatch=True)
BARE = st.one_of(
    st.booleans(),
    _INTEGERS,
    st.integers(-(10**15) + 1, 10**15 - 1).map(lambda thousandths: Decimal(thousandths).scaleb(-3)),
    st.text(_ASCII),
    st.binary(),
    st.from_regex(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]{0,9}", fullmatch=True).map(Token),
    _INTEGERS.map(Date),
    st.text(st.characters(exclude_categories=["Cs"])).map(DisplayString),
)
PARAMETERS = st.dictionaries(KEYS, BARE, max_size=3)
ITEMS = st.builds(Item, BARE, PARAMETERS)
MEMBERS = st.one_of(ITEMS, st.builds(InnerList, st.lists(ITEMS, max_size=4).map(tuple), PARAMETERS))
LISTS = st.lists(MEMBERS, max_size=5)
DICTIONARIES = st.dictionaries(KEYS, MEMBERS, max_size=5)

TEXTS = st.text(st.sampled_from("ab*A1290.-_;,=()\"\\:?@%+/~ \t\x00é\n'fF"), max_size=40)
"""Near misses: text from the characters that the grammar knows, and some that it does not."""
