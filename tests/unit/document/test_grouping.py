"""Which images belong together, by their names."""

from __future__ import annotations

import pytest

from app.document.errors import ExportError
from app.document.grouping import FOLDER, PREFIX, check, count_groups, group_of


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("patient7_left.png", "patient7"),
        ("sub/patient7_right_2.png", "patient7"),
        ("a_b/plain.png", "a_b/plain.png"),
        ("_x.png", "_x.png"),
    ],
)
def test_the_prefix_ends_at_the_first_underscore_of_the_file_s_name(name: str, group: str) -> None:
    assert group_of(name, PREFIX) == group


def test_images_of_a_folder_belong_together() -> None:
    assert group_of("one/two/a.png", FOLDER) == "one/two"
    assert group_of("a.png", FOLDER) == "a.png"


def test_groups_are_counted() -> None:
    names = ["a_1.png", "b_1.png", "b_2.png", "c.png"]
    found = count_groups(names, PREFIX)
    assert (found.groups, found.largest, found.size) == (3, "b", 2)
    assert count_groups(names, "").groups == 4
    assert count_groups([], PREFIX).groups == 0


def test_an_expression_that_is_none_is_said() -> None:
    assert check("(") is not None
    assert check(PREFIX) is None
    with pytest.raises(ExportError, match="regular expression"):
        group_of("a", "(")
