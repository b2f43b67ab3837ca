"""The report as one HTML page that needs nothing else: no script, no file, no network."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape

import numpy as np

from app.report.chart import score_curve
from app.report.content import Picture, Report
from segmodels.evaluation import TOLERANCE
from segmodels.metrics import Scores

MOST_CLASSES = 40
"""A larger confusion matrix is no longer read."""

_STYLE = """
:root { color-scheme: light dark; --quiet: #6d7580; --line: #d4d8de; --accent: #2a6fdb; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1280px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.quiet, figcaption, .quiet { color: var(--quiet); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .7rem; text-align: right; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; white-space: nowrap; }
td.name { max-width: 22rem; overflow: hidden; text-overflow: ellipsis; }
i.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .5em; border-radius: 2px; }
svg { width: 100%; max-width: 720px; font-size: 12px; } svg text { fill: var(--quiet); }
.grid { stroke: var(--line); } .band { fill: var(--accent); opacity: .2; }
.line { fill: none; stroke: var(--accent); stroke-width: 2; } .dot { fill: var(--accent); opacity: .6; }
figure { margin: 0 0 1.2rem; } figure img { max-width: 100%; border-radius: 4px; }
.scroll { overflow-x: auto; max-height: 30rem; overflow-y: auto; }
.numbers { display: flex; gap: 2.5rem; flex-wrap: wrap; } .numbers b { font-size: 1.6rem; display: block; }
"""  # noqa: E501


def page(report: Report) -> str:
    """The whole document."""
    body = "".join(
        (
            f"<h1>{escape(report.title)}</h1>",
            f'<p class="quiet">{escape(report.about)} {datetime.now():%Y-%m-%d %H:%M}.</p>',
            _numbers(report),
            _curve(report),
            _class_table(report),
            _confusion(report),
            _pictures("Where it is worst", report.worst),
            _pictures("Where it is best", report.best),
            _all_images(report),
            _problems(report.problems),
            _method(),
        )
    )
    title = escape(report.title)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>{body}</body></html>\n"
    )


def _numbers(report: Report) -> str:
    scores = Scores(report.evaluation.confusion)
    shown = (
        ("mean IoU", scores.mean_iou),
        ("mean Dice", scores.mean_dice),
        ("pixel accuracy", scores.pixel_accuracy),
        ("outlines, F1", scores.mean(report.evaluation.boundary)),
    )
    parts = [f"<div><b>{_number(value)}</b>{name}</div>" for name, value in shown]
    parts.append(f"<div><b>{len(report.scores)}</b>images</div>")
    return f'<div class="numbers">{"".join(parts)}</div>'


def _curve(report: Report) -> str:
    if not report.points:
        return ""
    summary = report.summary
    value, low, high = summary.mean
    told = f"{_number(value)} over the last {summary.images} finished images"
    if math.isfinite(low):
        told += f" (95 % interval {_number(low)} to {_number(high)})"
    if summary.outlook is not None:
        o = summary.outlook
        told += f"; about {o.more} more until {o.target:.2f} ({o.low} to {o.high})"
    return (
        "<h2>Honest score while working (mean IoU)</h2>"
        f"{score_curve(report.points, summary)}<p>{told}. Each image was predicted before the "
        "first correction, and is compared with what the person left: nothing of it was learned "
        "from.</p>"
    )


def _class_table(report: Report) -> str:
    scores = Scores(report.evaluation.confusion)
    columns = {
        "IoU": scores.iou,
        "Dice": scores.dice,
        "Precision": scores.precision,
        "Recall": scores.recall,
        "F1": scores.f1,
        f"Outlines, F1 (±{TOLERANCE:g} px)": report.evaluation.boundary,
    }
    present = np.flatnonzero(scores.classes_present).tolist()
    rows = [
        [_class_cell(report, class_id), *(_number(values[class_id]) for values in columns.values())]
        for class_id in present
    ]
    rows.append(["<b>mean</b>", *(_number(scores.mean(values)) for values in columns.values())])
    return f"<h2>By class</h2>{_table(['Class', *columns], rows)}"


def _confusion(report: Report) -> str:
    matrix = report.evaluation.confusion
    ids = np.flatnonzero((matrix.sum(axis=0) + matrix.sum(axis=1)) > 0).tolist()
    if len(ids) > MOST_CLASSES:
        return ""
    rows = []
    for true in ids:
        total = matrix[true].sum()
        if total:
            cells = (_share(int(matrix[true, found]), int(total), true == found) for found in ids)
            rows.append(f"<tr><td>{_class_cell(report, true)}</td>{''.join(cells)}</tr>")
    heads = "".join(f"<th>{_class_cell(report, class_id)}</th>" for class_id in ids)
    return (
        '<h2>What is taken for what</h2><p class="quiet">Each row: the pixels of a true class, in '
        "percent of it, by what they were predicted as.</p>"
        f'<div class="scroll"><table><tr><th></th>{heads}</tr>{"".join(rows)}</table></div>'
    )


def _share(pixels: int, total: int, is_right: bool) -> str:
    share = pixels / total
    colour = "42,111,219" if is_right else "214,60,60"
    return (
        f'<td style="background:rgba({colour},{0.6 * share:.2f})" title="{pixels} pixels">'
        f"{100 * share:.1f}</td>"
    )


def _pictures(title: str, pictures: Iterable[Picture]) -> str:
    figures = [
        f'<figure><img alt="{escape(picture.name)}" src="data:image/jpeg;base64,'
        f'{base64.b64encode(picture.jpeg).decode()}"><figcaption>{escape(picture.name)}: mean IoU '
        f"{_number(picture.mean_iou)}</figcaption></figure>"
        for picture in pictures
    ]
    if not figures:
        return ""
    about = "Image, prediction, truth, and mistakes in red."
    return f'<h2>{title}</h2><p class="quiet">{about}</p>{"".join(figures)}'


def _all_images(report: Report) -> str:
    rows = [
        [f'<span class="name">{escape(name)}</span>', _number(value)]
        for name, value in report.scores
    ]
    table = _table(["Image", "Mean IoU"], rows)
    return f'<h2>All images, the worst first</h2><div class="scroll">{table}</div>'


def _problems(problems: Sequence[str]) -> str:
    if not problems:
        return ""
    items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
    return f"<h2>Left out</h2><ul>{items}</ul>"


def _method() -> str:
    return (
        '<h2>How it is counted</h2><p class="quiet">IoU, Dice, precision, recall and F1 are over '
        "the pixels of all images together; means are over the classes that are true somewhere. "
        f"Outlines count as met within {TOLERANCE:g} pixels, averaged over images. Pixels of no "
        "class in the truth are left out; pixels without a prediction are wrong.</p>"
    )


def _class_cell(report: Report, class_id: int) -> str:
    if not report.classes.has(class_id):
        return f"id {class_id}" if class_id < 255 else "nothing"
    item = report.classes.by_id(class_id)
    red, green, blue = item.colour
    swatch = f'<i class="swatch" style="background:rgb({red},{green},{blue})"></i>'
    return f"{swatch}{escape(item.name)}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"
