"""Losses count labelled pixels only."""

from __future__ import annotations

import pytest
import torch

from segmodels.finetuning.losses import partial_loss, pseudo_loss

KINDS = ["cross_entropy", "focal", "mse", "nll"]


def scores(*, certainty: float, labels: torch.Tensor) -> torch.Tensor:
    """Logits that are right everywhere, class 0 where nothing is labelled."""
    known = labels.clone()
    known[known == 255] = 0
    return certainty * torch.nn.functional.one_hot(known, 3).permute(0, 3, 1, 2).float()


@pytest.fixture
def labels() -> torch.Tensor:
    labels = torch.full((2, 8, 8), 255)
    labels[0, :2, :2] = 0
    labels[1, 3, 3:6] = 1
    return labels


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_costs_nothing_however_few_the_labels(kind, labels: torch.Tensor) -> None:
    weights = torch.ones(3)
    right = partial_loss(scores(certainty=30, labels=labels), labels, weights, kind=kind)
    wrong = partial_loss(-scores(certainty=30, labels=labels), labels, weights, kind=kind)
    assert right < 1e-3
    assert wrong > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_unlabelled_pixels_have_no_gradient(kind, labels: torch.Tensor) -> None:
    logits = torch.randn(2, 3, 8, 8, requires_grad=True)
    partial_loss(logits, labels, torch.ones(3), kind=kind).backward()
    touched = logits.grad.abs().sum(1) > 0
    assert torch.equal(touched, labels != 255)


def test_a_class_that_was_never_painted_is_not_pushed_down(labels: torch.Tensor) -> None:
    logits = torch.randn(2, 3, 8, 8, requires_grad=True)
    partial_loss(logits, labels, torch.tensor([1.0, 1.0, 0.0])).backward()
    assert logits.grad[:, 2].abs().max() == 0


def test_class_weights_balance_rare_classes(labels: torch.Tensor) -> None:
    logits = scores(certainty=5, labels=labels)
    logits[1] *= -1
    rare = partial_loss(logits, labels, torch.tensor([0.1, 1.0, 0.0]))
    common = partial_loss(logits, labels, torch.tensor([1.0, 0.1, 0.0]))
    assert rare > common
    for weights in ([0.1, 1.0, 0.0], [1.0, 0.1, 0.0]):
        balanced = partial_loss(logits, labels, torch.tensor(weights), dice_weight=0)
        # Class 0 is right (4 pixels), class 1 is wrong (3 pixels).
        right, wrong = (-torch.tensor([sign * 5.0, 0.0]).log_softmax(0)[0] for sign in (1, -1))
        mass = 4 * weights[0], 3 * weights[1]
        expected = (mass[0] * right + mass[1] * wrong) / sum(mass)
        assert float(balanced) == pytest.approx(float(expected), rel=1e-3)


def test_the_kinds_are_what_their_names_say(labels: torch.Tensor) -> None:
    logits = torch.randn(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    known = labels != 255
    rows, targets = logits.permute(0, 2, 3, 1)[known], labels[known]
    right = rows.softmax(1)[torch.arange(len(rows)), targets]
    truth = torch.eye(3)[targets]
    expected = {
        "cross_entropy": -right.log().mean(),
        "focal": ((1 - right) ** 2 * -right.log()).mean(),
        "mse": (rows.softmax(1) - truth).square().sum(1).mean(),
        "nll": -right.log().mean(),
    }
    for kind, value in expected.items():
        found = partial_loss(logits, labels, torch.ones(3), kind=kind, dice_weight=0)
        assert found == pytest.approx(float(value), rel=1e-5)


def test_dice_comes_on_top_with_its_weight(labels: torch.Tensor) -> None:
    logits = scores(certainty=2, labels=labels)
    plain, half, whole = (
        float(partial_loss(logits, labels, torch.ones(3), dice_weight=weight))
        for weight in (0, 0.5, 1)
    )
    right = torch.tensor([2.0, 0, 0]).softmax(0)
    # Of 4 and 3 pixels: what is right, over what is guessed of a class and what is of it.
    first = 2 * 4 * right[0] / (4 * right[0] + 3 * right[1] + 4)
    second = 2 * 3 * right[0] / (3 * right[0] + 4 * right[1] + 3)
    assert whole - plain == pytest.approx(float(1 - (first + second) / 2), rel=1e-3)
    assert half - plain == pytest.approx((whole - plain) / 2, rel=1e-4)


def test_without_a_label_there_is_no_loss() -> None:
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    loss = partial_loss(logits, torch.full((1, 4, 4), 255), torch.ones(3))
    loss.backward()
    assert loss == 0


def test_guesses_count_by_their_weight() -> None:
    logits = torch.randn(1, 3, 4, 4, requires_grad=True)
    guesses = torch.zeros(1, 4, 4, dtype=torch.long)
    weights = torch.zeros(1, 4, 4)
    weights[0, 0, 0] = 1
    pseudo_loss(logits, guesses, weights, torch.ones(3, dtype=torch.bool)).backward()
    assert (logits.grad.abs().sum(1) > 0).sum() == 1
