"""The export dialogue over the real window, and what the doctor says afterwards."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.document.export import FORMATS, ExportOptions
from app.document.export.frame import Split
from app.ui.dialogs.export_dialog import ExportDialog
from app.ui.dialogs.report_dialog import ReportDialog
from app.ui.main_window import MainWindow


def choose(dialog: ExportDialog, name: str) -> None:
    dialog.formats.setCurrentIndex(dialog.formats.findData(name))


@pytest.fixture
def dialog(window: MainWindow, tmp_path: Path) -> ExportDialog:
    dialog = ExportDialog(tmp_path / "masks", window)
    dialog.show()
    return dialog


def test_every_format_can_be_chosen_and_is_described(dialog) -> None:
    names = {dialog.formats.itemData(row) for row in range(dialog.formats.count())}
    assert names | {"ids16"} == set(FORMATS)
    for name in names:
        choose(dialog, name)
        assert dialog.format_name == name
        assert dialog.description.text() == FORMATS[name].description != ""


def test_it_opens_on_the_format_and_return_exports(qtbot, dialog) -> None:
    qtbot.waitUntil(dialog.formats.hasFocus)
    with qtbot.waitSignal(dialog.accepted):
        QTest.keyClick(dialog.formats, Qt.Key.Key_Return)


def test_only_wishes_that_the_format_heeds_are_shown(dialog) -> None:
    rows = {
        "split": dialog.split_row,
        "with_images": dialog.with_images,
        "as_polygons": dialog.polygons_button,
        "with_background": dialog.with_background,
        "one_hot": dialog.one_hot,
        "pixel_size": dialog.unit,
        "opacity": dialog.opacity,
    }
    for name, known in FORMATS.items():
        if name != "ids16":
            choose(dialog, name)
            shown = {option for option, row in rows.items() if row.isVisible()}
            assert shown == set(known.options), name


def test_the_answers_are_what_was_chosen_and_are_remembered(dialog, window, tmp_path) -> None:
    assert (dialog.format_name, dialog.which, dialog.folder) == ("ids", "all", tmp_path / "masks")
    dialog.bits.setCurrentIndex(1)
    assert dialog.format_name == "ids16"
    choose(dialog, "table")
    dialog.pixel_size.setValue(0.25)
    dialog.unit.setCurrentText("um")
    dialog.split_row.show_split(0.1, 0.3, 7, "(a)")
    dialog.which_box.setCurrentIndex(2)
    options = dialog.options
    assert (options.pixel_size, options.unit) == (0.25, "um")
    assert (options.split.validation, options.split.test, options.split.seed) == (0.1, 0.3, 7)
    again = ExportDialog(tmp_path, window, remembered=dialog.memory)
    assert again.memory == dialog.memory


def test_what_makes_no_sense_cannot_be_exported(dialog) -> None:
    choose(dialog, "coco")
    assert dialog.export_button.isEnabled()
    dialog.split_row.show_split(0.8, 0.4, 0, "")
    assert not dialog.export_button.isEnabled()
    dialog.split_row.show_split(0.2, 0.0, 0, "(")
    assert not dialog.export_button.isEnabled()
    choose(dialog, "ids")
    assert dialog.export_button.isEnabled()
    dialog.folder_edit.setText(" ")
    assert not dialog.export_button.isEnabled()


def test_an_export_is_read_again_and_the_report_can_be_looked_at(qtbot, opened, tmp_path) -> None:
    told = []
    opened.session.message_shown.connect(told.append)
    opened.actions_by_id["file.export"].trigger()
    (dialog,) = opened.findChildren(ExportDialog)
    choose(dialog, "mmseg")
    dialog.folder_edit.setText(str(tmp_path / "out"))
    dialog.export_button.click()
    qtbot.waitUntil(lambda: any("read again" in m.text for m in told), timeout=20_000)
    message = next(m for m in told if "read again" in m.text)
    assert not message.is_error
    assert "4 masks" in message.text
    assert len(list((tmp_path / "out" / "ann_dir").rglob("*.png"))) == 4
    message.action()
    (report,) = opened.findChildren(ReportDialog)
    page = report.text.toPlainText()
    assert "Pillow, OpenCV and Qt" in page
    assert "dataset.py is parsed, not run" in page
    report.close()
    assert opened.session.project.setting("export_dialog")["format"] == "mmseg"


def test_a_split_that_cannot_be_met_is_told(qtbot, opened, tmp_path) -> None:
    told = []
    opened.session.message_shown.connect(told.append)
    options = ExportOptions(split=Split(validation=0.5, group="^(picture)"))
    reports = []
    opened.session.files.export(
        "yolo", tmp_path / "out", options=options, show_report=reports.append
    )
    qtbot.waitUntil(lambda: any("read again" in m.text for m in told), timeout=20_000)
    message = next(m for m in told if "read again" in m.text)
    assert "no image is for validation" in message.text
    message.action()
    assert "note: The split cannot be met with 1 group" in "\n".join(reports[0].lines())
    report = ReportDialog(reports[0], opened)
    assert "no image is for validation" in report.text.toPlainText()


def test_what_the_doctor_finds_is_an_error_message(qtbot, opened, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(
        "app.document.export.masks.encode_label_png",
        lambda labels: cv2.imencode(".png", labels // 2)[1].tobytes(),
    )
    told = []
    opened.session.message_shown.connect(told.append)
    opened.session.files.export("ids", tmp_path / "out")
    qtbot.waitUntil(lambda: any("Read again" in m.text for m in told), timeout=20_000)
    message = next(m for m in told if "Read again" in m.text)
    assert message.is_error
    assert "other values for Pillow" in message.text


def test_files_that_are_there_are_replaced_only_on_a_yes(qtbot, opened, tmp_path) -> None:
    told = []
    opened.session.message_shown.connect(told.append)
    out = tmp_path / "out"
    out.mkdir()
    (out / "picture 1.png").write_bytes(b"mine")
    opened.session.files.export("ids", out)
    qtbot.waitUntil(lambda: any(m.action_text == "Replace them" for m in told), timeout=20_000)
    assert [path.name for path in out.iterdir()] == ["picture 1.png"]
    assert (out / "picture 1.png").read_bytes() == b"mine"
