"""Is everything in the project sound? What is not is listed, and repaired on a yes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app.document.check import Checked, Finding, check
from app.ui.dialogs.work_dialog import WorkDialog
from app.ui.translation import tr

if TYPE_CHECKING:
    from app.document.project import Project
    from app.session import Session

_SHOWN = 1000


class CheckDialog(WorkDialog):
    """Looks at once, and changes nothing before *Repair*."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, tr("Check project"), tr("Repair"), parent)
        self.resize(680, 380)
        self.list = QTreeWidget()
        self.list.setHeaderLabels([tr("What"), tr("Finding"), ""])
        self.list.setRootIsDecorated(False)
        self.list.setAlternatingRowColors(True)
        self.list.setWordWrap(True)
        header = self.list.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        layout = QVBoxLayout(self.page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.list)
        self.cancel_button.setText(tr("Close"))
        self._look(repairs=False)

    def act(self) -> None:
        """Repair what can be repaired, and list it."""
        self._look(repairs=True)

    def _look(self, *, repairs: bool) -> None:
        load_model = self.session.modelling.try_model

        def steps(project: Project) -> Iterator[Checked]:
            project.flush()
            yield from check(project, load_model=load_model, repairs=repairs)
            project.flush()

        def done(results: list[Checked], is_cancelled: bool) -> None:
            findings = [finding for checked in results for finding in checked.findings]
            self._show(findings, is_cancelled)
            if repairs and self.session.project is not None:
                self.session.reload_labels(self.session.project)

        total = len(self.session.project.images) + 2 if self.session.project else 0
        self.cancel_button.setText(tr("Stop"))
        self.work(tr("Checking"), steps, done, total=total)

    def _show(self, findings: list[Finding], is_cancelled: bool) -> None:
        self.cancel_button.setText(tr("Close"))
        self.list.clear()
        for finding in findings[:_SHOWN]:
            self.list.addTopLevelItem(
                QTreeWidgetItem([finding.name, finding.sentence, _state(finding)])
            )
        wanting = sum(f.can_be_repaired and not f.is_repaired for f in findings)
        repaired = sum(f.is_repaired for f in findings)
        self.action_button.setEnabled(wanting > 0)
        if is_cancelled:
            self.tell(tr("Stopped: what is listed was found until then."))
        elif not findings:
            self.tell(tr("Nothing is wrong."))
        else:
            self.tell(
                tr(
                    "Findings: {count}. Repaired: {repaired}. Can be repaired: {wanting}.",
                    count=len(findings),
                    repaired=repaired,
                    wanting=wanting,
                )
            )

    def work_failed(self) -> None:
        """The look ended with an error, which is shown."""
        self.cancel_button.setText(tr("Close"))
        self.action_button.setEnabled(False)


def _state(finding: Finding) -> str:
    if finding.is_repaired:
        return tr("repaired")
    return tr("can be repaired") if finding.can_be_repaired else tr("look at it yourself")
