"""Which class of a version is which of the project's."""

import pytest

from app.document.classes import ClassTable, LabelClass
from app.document.errors import ClassError
from app.version_classes import ids_by_name, moved_ids


def table(*names: str) -> ClassTable:
    return ClassTable(LabelClass(k, name, (k, k, k)) for k, name in enumerate(names))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("ground", "cell", "dirt"), None),
        (("ground", "cell", "dirt", "new"), None),
        (("ground", "nucleus", "dirt"), None),  # renamed
        (("ground", "dirt", "cell"), (0, 2, 1)),  # moved
        (("ground", "dirt"), (0, -1, 1)),  # deleted
    ],
)
def test_classes_of_an_earlier_version_are_known_by_name_and_else_by_number(
    names, expected
) -> None:
    assert moved_ids({"0": "ground", "1": "cell", "2": "dirt"}, table(*names)) == expected


def test_a_version_of_an_earlier_program_keeps_its_numbers() -> None:
    assert moved_ids({}, table("a", "b")) is None


def test_an_imported_model_s_classes_are_added_and_its_background_is_the_project_s() -> None:
    found, ids = ids_by_name(["Hintergrund", "tree", "cell"], table("ground", "cell"))
    assert [item.name for item in found] == ["ground", "cell", "tree"]
    assert ids == (0, 2, 1)


@pytest.mark.parametrize("names", [["a", "b", "b"], ["a", " "]])
def test_names_that_cannot_be_are_refused(names) -> None:
    with pytest.raises(ClassError):
        ids_by_name(names, table("ground"))
