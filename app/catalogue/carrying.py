"""Which answers and papers of a request have a place in another version of its service."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from app.catalogue.definition.elements import (
    WITHOUT_ANSWER,
    Choice,
    Definition,
    Field,
    FieldKind,
    Paper,
)

Answers = Mapping[str, object]
"""Field key to answer: JSON values, see catalogue.answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes where when a request moves from one version to another.

    An answer is carried when its field key is still there with the same kind, and its choice
    with it. Of several choices or of a group, the part that fits is carried and the rest is gone.
    """

    pages: Mapping[str, Answers]
    """The answers of each page of the newer version that has any."""
    gone: Answers
    """What has no place any more."""
    new_fields: tuple[str, ...]
    changed_fields: tuple[str, ...]
    """Fields that were there and are asked by another rule, or lost their answer."""
    new_papers: tuple[str, ...]
    changed_papers: tuple[str, ...]
    gone_papers: tuple[str, ...]

    @property
    def carried(self) -> dict[str, object]:
        """Return all answers that have a place, field key to answer."""
        return {key: value for page in self.pages.values() for key, value in page.items()}

    @property
    def asked_again(self) -> frozenset[str]:
        """Return the fields that somebody has to look at, because they are new or changed."""
        return frozenset((*self.new_fields, *self.changed_fields))


def plan(old: Definition, new: Definition, answers: Answers) -> Plan:
    """Return what moving a request with these answers from one version to another does."""
    before = {one.key: one for one in old.fields()}
    after = {one.key: one for one in new.fields()}
    split = {key: _split(before.get(key), after.get(key), answers[key]) for key in answers}
    gone = {key: lost for key, (_kept, lost) in split.items() if lost is not None}
    kept = {key: kept for key, (kept, _lost) in split.items() if kept is not None}
    return Plan(
        pages=dict(_by_page(new, kept)),
        gone=gone,
        new_fields=tuple(key for key in after if key not in before),
        changed_fields=tuple(
            key
            for key, one in after.items()
            if key in before and (key in gone or _rule(one) != _rule(before[key]))
        ),
        **_papers(old, new),
    )


def _by_page(new: Definition, kept: Answers) -> Iterator[tuple[str, Answers]]:
    for page in new.pages:
        values = {one.key: kept[one.key] for one in page.fields if one.key in kept}
        if values:
            yield page.key, values


_Halves = tuple[object | None, object | None]
"""What of an answer is carried, and what is not."""


def _split(old: Field | None, new: Field | None, value: object) -> _Halves:
    if old is None or new is None or old.kind is not new.kind or new.kind in WITHOUT_ANSWER:
        return None, value
    if new.kind is FieldKind.CHOICE:
        return (value, None) if value in _keys(new.choices) else (None, value)
    if new.kind is FieldKind.CHOICES and isinstance(value, list):
        known = _keys(new.choices)
        kept = [key for key in value if key in known]
        return kept or None, [key for key in value if key not in known] or None
    if new.kind is FieldKind.GROUP and isinstance(value, list):
        return _split_group(old, new, value)
    return value, None


def _split_group(old: Field, new: Field, entries: list[object]) -> _Halves:
    """Return the entries with what fits, and those with what does not; none is reordered."""
    before = {one.key: one for one in old.fields}
    after = {one.key: one for one in new.fields}
    kept, lost = [], []
    for entry in entries:
        values: Mapping[str, object] = entry if isinstance(entry, dict) else {}
        halves = {key: _split(before.get(key), after.get(key), values[key]) for key in values}
        fitting = {key: half for key, (half, _rest) in halves.items() if half is not None}
        rest = {key: half for key, (_half, half) in halves.items() if half is not None}
        if fitting:
            kept.append(fitting)
        if rest:
            lost.append(rest)
    return kept or None, lost or None


def _keys(choices: tuple[Choice, ...]) -> frozenset[str]:
    return frozenset(choice.key for choice in choices)


def _rule(one: Field) -> Field:
    """Return what is asked of an answer, without the words in which it is asked.

    Choices are left out: whoever chose one that is still there need not choose again.
    """
    pattern = one.pattern and replace(one.pattern, message={})
    inner = tuple(_rule(part) for part in one.fields)
    return replace(one, label={}, hint=None, pattern=pattern, choices=(), fields=inner)


def _papers(old: Definition, new: Definition) -> dict[str, tuple[str, ...]]:
    before = {paper.key: paper for paper in old.all_papers()}
    after = {paper.key: paper for paper in new.all_papers()}
    return {
        "new_papers": tuple(key for key in after if key not in before),
        "changed_papers": tuple(
            key for key in after if key in before and _asked(after[key]) != _asked(before[key])
        ),
        "gone_papers": tuple(key for key in before if key not in after),
    }


def _asked(paper: Paper) -> Paper:
    """Return what is asked of a file, without words, picture and reasons."""
    return replace(paper, title={}, help=None, sample=None, reasons=())
