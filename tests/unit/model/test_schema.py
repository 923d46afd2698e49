"""A schema is a set of objects: their order means nothing, and each text of them counts."""

from __future__ import annotations

from limosa.model.schema import Schema, SchemaObject

A, B = SchemaObject("column", "t.a", "INT"), SchemaObject("column", "t.b", "TEXT")


def test_order_and_repetition_mean_nothing() -> None:
    """Whatever order a catalogue gives, the schema is the same."""
    assert Schema.of([B, A, A]) == Schema.of([A, B])
    assert Schema.of([B, A]).fingerprint == Schema.of([A, B]).fingerprint


def test_texts_do_not_run_into_each_other() -> None:
    """No two lists of objects give one text to hash."""
    found = [
        [],
        [SchemaObject("", "", "")],
        [SchemaObject("a", "b", "c")],
        [SchemaObject("ab", "", "c")],
        [SchemaObject("a", "b\n1 c", "")],
        [SchemaObject("a", "b", "c"), SchemaObject("d", "e", "f")],
        [SchemaObject("a", "b", "c\n1 d\n1 e\n1 f")],
        [SchemaObject("a", "b", "\udc80")],
    ]
    assert len({Schema.of(objects).fingerprint for objects in found}) == len(found)


def test_a_fingerprint_stays_the_same() -> None:
    """It is kept in files: raise the version in ``model/schema.py`` where this changes."""
    expected = "a6a5e4c4a97c41d8"
    assert Schema.of([A, B]).fingerprint.startswith(expected)


def test_a_difference_leads_from_one_to_the_other() -> None:
    """What is added, dropped and altered is told with both definitions."""
    other = Schema.of([A._replace(definition="BIGINT"), SchemaObject("index", "i", "ON t (a)")])
    assert [change.sentence for change in Schema.of([A, B]).difference(other)] == [
        "alter column t.a from INT to BIGINT",
        "drop column t.b",
        "add index i ON t (a)",
    ]
    assert Schema.of([A, B]).difference(Schema.of([B, A])) == ()
