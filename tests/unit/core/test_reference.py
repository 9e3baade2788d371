"""The case reference: what it forgives and what it finds."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import reference
from app.core.reference import ALPHABET, LETTERS, Part, Reference, WrongReference

references = st.builds(
    Reference,
    prefix=st.text(LETTERS, min_size=2, max_size=4),
    body=st.text(ALPHABET, min_size=8, max_size=8),
)


@given(references)
def test_a_reference_is_read_back(made: Reference) -> None:
    assert reference.parse(str(made)) == made


@given(references)
def test_a_reference_is_read_without_the_prefix_of_its_post(made: Reference) -> None:
    short = str(made).removeprefix(f"{made.prefix}-")

    assert reference.parse_at(short, made.prefix) == made
    assert reference.parse_at(str(made), made.prefix) == made


@pytest.mark.parametrize("typed", ["", "JM", "7K3Q92DA", "JM-7K3Q-92DA"])
def test_a_prefix_makes_no_reference_of_what_is_short(typed: str) -> None:
    with pytest.raises(WrongReference):
        reference.parse_at(typed, "JM")


@given(references, st.data())
def test_every_single_wrong_sign_is_found(made: Reference, data: st.DataObject) -> None:
    signs = list(str(made).replace("-", ""))
    place = data.draw(st.integers(0, len(signs) - 1))
    wrong = data.draw(st.sampled_from(ALPHABET).filter(lambda sign: sign != signs[place]))
    signs[place] = wrong

    with pytest.raises(WrongReference):
        reference.parse("".join(signs))


@given(references, st.data())
def test_every_swap_of_neighbours_is_found(made: Reference, data: st.DataObject) -> None:
    signs = list(str(made).replace("-", ""))
    place = data.draw(st.integers(0, len(signs) - 2))
    signs[place], signs[place + 1] = signs[place + 1], signs[place]
    swapped = "".join(signs)

    if swapped != str(made).replace("-", ""):
        with pytest.raises(WrongReference):
            reference.parse(swapped)


@given(references, st.sampled_from(ALPHABET), st.booleans())
def test_a_wrong_check_character_alone_is_mended(
    made: Reference, last: str, with_prefix: bool
) -> None:
    typed = str(made)[:-1] + last
    if not with_prefix:
        typed = typed.removeprefix(f"{made.prefix}-")
    meant = made if last != made.check else None

    assert reference.mended(typed, made.prefix) == meant


@pytest.mark.parametrize("typed", ["JM-KCRP-RQPH-A", "KCRP-RQPH-A"])
def test_a_number_without_digits_is_known_by_its_groups(typed: str) -> None:
    assert str(reference.mended(typed, "JM")).startswith("JM-KCRP-RQPH-")
    assert reference.mended(typed.replace("-", ""), "JM") is None


@pytest.mark.parametrize("typed", ["", "JM", "Maher Kattan", "7K3Q92DA", "JM-7K3Q-92DA", "?" * 50])
def test_what_is_no_reference_is_not_mended(typed: str) -> None:
    assert reference.mended(typed, "JM") is None


def test_no_two_signs_look_or_sound_like_one_another() -> None:
    assert len(set(ALPHABET)) == 29
    assert not set(ALPHABET) & set("OILSBZU")


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda s: s.replace("-", " "),
        lambda s: s.replace("-", ""),
        lambda s: f"  {s}\u200f\n",
        lambda s: s.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        lambda s: s.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")),
        lambda s: s.translate(str.maketrans("0158", "OISB")),
        lambda s: s.translate(str.maketrans("ACEHKMPTXY", "АСЕНКМРТХУ")),
        lambda s: s.replace("-", "–"),
    ],
)
def test_the_way_of_writing_does_not_matter(write: Callable[[str], str]) -> None:
    made = reference.make("JM")

    assert reference.parse(write(str(made))) == made


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ("", Part.LENGTH),
        ("JM-1234", Part.LENGTH),
        ("JM-1234-5678-9-1234-5678", Part.LENGTH),
        ("12-ACDE-FGHJ-K", Part.PREFIX),
        ("JM-ACDE-FGHع-K", Part.BODY),
        ("\0" * 5000, Part.LENGTH),
    ],
)
def test_the_wrong_part_is_named(typed: str, part: Part) -> None:
    with pytest.raises(WrongReference) as refusal:
        reference.parse(typed)

    assert refusal.value.part is part


def test_a_wrong_check_character_is_named() -> None:
    right = str(reference.make("JM"))
    wrong = right[:-1] + next(sign for sign in ALPHABET if sign != right[-1])

    with pytest.raises(WrongReference) as refusal:
        reference.parse(wrong)

    assert refusal.value.part is Part.CHECK


@pytest.mark.parametrize("prefix", ["", "J", "ABCDE", "J0", "BO", "jm"])
def test_a_prefix_is_two_to_four_letters_of_the_alphabet(prefix: str) -> None:
    with pytest.raises(WrongReference):
        reference.make(prefix)


def test_references_are_drawn_from_the_whole_alphabet() -> None:
    made = {reference.make("JM").body for _ in range(500)}

    assert len(made) == 500
    assert set("".join(made)) == set(ALPHABET)
