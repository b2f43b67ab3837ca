from __future__ import annotations

import pytest

from app.document.classes import DEFAULT, ClassTable, LabelClass
from app.document.errors import ClassError


def test_a_new_table_has_background_and_object() -> None:
    assert [(item.id, item.name) for item in DEFAULT] == [(0, "background"), (1, "object")]
    assert DEFAULT.count_for_model == 2


def test_an_added_class_gets_the_next_id_and_a_new_colour() -> None:
    table = DEFAULT
    for number in range(2, 100):
        table = table.with_added(f"class {number}")
    assert [item.id for item in table] == list(range(100))
    assert len({item.colour for item in table}) == 100


def test_ids_run_out_with_a_sentence() -> None:
    table = ClassTable(LabelClass(i, f"c{i}", (i, i, i)) for i in range(254))
    with pytest.raises(ClassError, match="at most 254"):
        table.with_added("one more")


def test_a_gap_is_filled_when_the_highest_id_is_taken() -> None:
    table = DEFAULT.with_added("last", class_id=253).with_added("next")
    assert [item.id for item in table] == [0, 1, 2, 253]


def test_renaming_and_recolouring_leave_the_rest() -> None:
    table = DEFAULT.with_renamed(1, "cell").with_recoloured(1, (1, 2, 3))
    assert table.by_id(1) == LabelClass(1, "cell", (1, 2, 3))
    assert table[0] == DEFAULT[0]
    assert DEFAULT.by_id(1).name == "object"


@pytest.mark.parametrize("name", ["background", "  ", ""])
def test_names_are_unique_and_not_blank(name: str) -> None:
    with pytest.raises(ClassError):
        DEFAULT.with_renamed(1, name)


def test_the_colour_table_follows_the_ids() -> None:
    table = DEFAULT.with_added("x", (9, 8, 7), class_id=200).colour_table()
    assert table.shape == (256, 3)
    assert table[200].tolist() == [9, 8, 7]
    assert table[199].tolist() == [0, 0, 0]


def test_names_of_a_model_find_their_classes_and_the_missing_ones_are_added() -> None:
    table, ids = DEFAULT.with_names(["background", " cat ", "object", "dog"])
    assert ids == (0, 2, 1, 3)
    assert [item.name for item in table] == ["background", "object", "cat", "dog"]
    assert DEFAULT.with_names([]) == (DEFAULT, ())
