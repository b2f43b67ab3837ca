"""A report is one page that needs nothing else, with what was measured in it."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np
import pytest

from app.document.classes import DEFAULT
from app.document.errors import LabelFileError
from app.report import Judged, report_steps
from app.report.pictures import side_by_side
from app.score_summary import summarise
from app.scoring import Score

VOID = {"meta", "img"}


class Outline(HTMLParser):
    """Collects tags and attributes, and fails when tags do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def judged(name: str, shift: int) -> Judged:
    truth = np.zeros((60, 80), np.uint8)
    truth[20:40, 20:40] = 1
    predicted = np.roll(truth, shift, axis=1)
    image = np.full((60, 80, 3), 120, np.uint8)
    return Judged(name, lambda: (truth, predicted), lambda: image)


def broken(name: str) -> Judged:
    def masks():
        raise LabelFileError(f"{name} is damaged.")

    return Judged(name, masks, masks)


def written(path: Path, images: list[Judged], **options) -> Outline:
    told = {"title": "cells & <more>", "about": "Made up.", "classes": DEFAULT, **options}
    list(report_steps(path, images, **told))
    outline = Outline()
    outline.feed(path.read_text("utf-8"))
    assert outline.open == []
    return outline


def test_the_page_is_whole_and_refers_to_nothing_outside(tmp_path: Path) -> None:
    images = [judged(f"<{n}>.png", n) for n in range(12)]
    outline = written(tmp_path / "r.html", images)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in outline.seen}
    for _, attributes in outline.seen:
        for key in ("src", "href"):
            assert (attributes.get(key) or "data:").startswith("data:")
    assert not re.search(r"https?://|url\(|@import", (tmp_path / "r.html").read_text("utf-8"))
    assert "cells & <more>" in outline.text
    assert "<11>.png" in outline.text


def test_pictures_of_worst_and_best_are_images_and_none_is_both(tmp_path: Path) -> None:
    outline = written(tmp_path / "r.html", [judged(f"{n}.png", n) for n in range(12)])
    sources = {a["alt"]: a["src"] for tag, a in outline.seen if tag == "img"}
    assert list(sources) == ["11.png", "10.png", "9.png", "8.png", "0.png", "1.png", "2.png",
                             "3.png"]  # fmt: skip
    data = base64.b64decode(sources["11.png"].partition(",")[2])
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert picture.shape[1] > 4 * 80 - 1
    few = written(tmp_path / "few.html", [judged(f"{n}.png", n) for n in range(3)])
    names = [a["alt"] for tag, a in few.seen if tag == "img"]
    assert sorted(names) == ["0.png", "1.png", "2.png"]


def test_the_numbers_are_those_of_the_masks(tmp_path: Path) -> None:
    outline = written(tmp_path / "r.html", [judged("a.png", 10)])
    right, union = 20 * 10, 20 * 30
    assert f"{right / union:.3f}" in outline.text
    assert "50.0" in outline.text  # half of the object was taken for background


def test_the_curve_is_there_when_there_are_scores(tmp_path: Path) -> None:
    points = [0.5, 0.6, 0.7, 0.72, 0.75, 0.8, 0.81]
    summary = summarise([Score(f"{n}", "v", value) for n, value in enumerate(points)])
    outline = written(tmp_path / "r.html", [judged("a", 1)], points=points, summary=summary)
    tags = [tag for tag, _ in outline.seen]
    assert tags.count("circle") == len(points)
    assert "polygon" in tags
    assert "svg" not in [tag for tag, _ in written(tmp_path / "n.html", [judged("a", 1)]).seen]


def test_an_image_that_cannot_be_read_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    images = [broken("bad.png"), judged("good.png", 1)]
    told = {"title": "t", "about": "a", "classes": DEFAULT}
    problems = [one for one in report_steps(tmp_path / "r.html", images, **told) if one]
    assert problems == ["bad.png: bad.png is damaged."]
    assert "bad.png is damaged." in (tmp_path / "r.html").read_text("utf-8")


def test_nothing_is_written_when_it_is_stopped_or_nothing_can_be_compared(tmp_path: Path) -> None:
    told = {"title": "t", "about": "a", "classes": DEFAULT}
    steps = report_steps(tmp_path / "r.html", [judged("a", 1), judged("b", 1)], **told)
    next(steps)
    steps.close()
    with pytest.raises(ValueError, match="no image"):
        list(report_steps(tmp_path / "r.html", [broken("bad.png")], **told))
    assert list(tmp_path.iterdir()) == []


def test_mistakes_are_red_also_thin_ones_in_a_large_image() -> None:
    truth = np.zeros((900, 1200), np.uint8)
    predicted = truth.copy()
    predicted[:, 600] = 1
    image = np.full((900, 1200, 3), 128, np.uint8)
    sheet = side_by_side(image, truth, predicted, DEFAULT.colour_table())
    assert sheet.shape == (225, 4 * 300 + 3 * 6, 3)
    mistakes = sheet[:, -300:].astype(int)
    is_red = (mistakes[..., 0] > 200) & (mistakes[..., 1] < 100)
    assert is_red.any(axis=1).all()
    assert is_red.mean() < 0.02
