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
