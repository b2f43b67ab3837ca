"""The dialogue for another model to start from, and its way to the engine."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.ui.dialogs.start_dialog import StartDialog

CHOICES = [("starter", "What a project begins with.", 0), ("features:resnet18", "Quick.", 45)]


@pytest.fixture
def dialog(qtbot):
    dialog = StartDialog(CHOICES, "starter")
    qtbot.addWidget(dialog)
    return dialog


def test_a_choice_tells_what_it_is_good_for_and_what_is_downloaded(dialog) -> None:
    assert dialog.choice.currentText() == "starter (in use)"
    assert dialog.model_name == "starter"
    assert not dialog.wants_pretrained
    dialog.choice.setCurrentIndex(1)
    assert dialog.model_name == "features:resnet18"
    assert dialog.good_for.text() == "Quick."
    assert "45 MB" in dialog.pretrained.text()
    assert dialog.wants_pretrained
    dialog.pretrained.setChecked(False)
    assert not dialog.wants_pretrained


def test_any_other_model_is_taken_by_its_name(dialog) -> None:
    assert dialog.name.isHidden()
    dialog.choice.setCurrentIndex(2)
    assert not dialog.name.isHidden()
    assert not dialog.start_button.isEnabled()
    dialog.name.setText(" unet:mit_b0 ")
    assert dialog.start_button.isEnabled()
    assert dialog.model_name == "unet:mit_b0"
    assert dialog.wants_pretrained


@pytest.mark.parametrize("action", ["model.start", "model.pretrained"])
def test_before_the_engine_is_there_the_menu_asks_to_wait(opened, monkeypatch, action) -> None:
    # The models are told by what imports torch, for seconds.
    session = opened.session
    session.set_learning(replace(session.learning, is_ready=False))
    told: list[str] = []
    monkeypatch.setattr(session, "tell", lambda text, **_: told.append(text))
    opened.actions_by_id[action].trigger()
    assert told == ["The engine is still starting: ask again in a moment."]


def test_the_menu_leads_to_the_model_that_is_chosen(qtbot, opened) -> None:
    session = opened.session
    qtbot.waitUntil(lambda: session.learning.is_ready, timeout=30_000)

    def choose() -> None:
        dialog = next(w for w in QApplication.topLevelWidgets() if isinstance(w, StartDialog))
        names = [dialog.choice.itemData(row) for row in range(dialog.choice.count())]
        dialog.choice.setCurrentIndex(names.index("filters"))
        dialog.start_button.click()

    QTimer.singleShot(0, choose)
    opened.actions_by_id["model.start"].trigger()
    qtbot.waitUntil(lambda: session.learning.model == "filters", timeout=30_000)
