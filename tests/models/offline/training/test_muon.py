from copy import deepcopy

import pytest
import torch

from models.offline.training.muon import Muon, orthogonal


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (9, 9)])
def test_a_direction_has_singular_values_near_one_and_larger_ones_where_it_is_tall(shape: tuple[int, int]) -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(shape))) / max(1.0, shape[0] / shape[1]) ** 0.5
    assert values.min() > 0.4 and values.max() < 1.3


def test_a_kernel_comes_nearer_to_what_is_wanted() -> None:
    torch.manual_seed(0)
    kernel = torch.nn.Parameter(torch.randn(4, 3, 5))
    wanted = torch.randn(4, 3, 5)
    optimizer = Muon([kernel], lr=0.05)
    distances = []
    for _ in range(200):
        loss = (kernel - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        distances.append(loss.item())
    assert distances[-1] < 0.03 * distances[0]


def test_its_momentum_can_be_kept_and_goes_on() -> None:
    first, second = (torch.nn.Parameter(torch.ones(3, 3)) for _ in range(2))
    one, other = Muon([first], lr=0.1), Muon([second], lr=0.1)
    first.grad = torch.arange(9.0).view(3, 3)
    one.step()
    with torch.no_grad():
        second.copy_(first)
    other.load_state_dict(deepcopy(one.state_dict()))
    for parameter, optimizer in ((first, one), (second, other)):
        parameter.grad = torch.eye(3)
        optimizer.step()
    assert torch.equal(first, second)


def test_a_parameter_without_a_gradient_stays() -> None:
    still = torch.nn.Parameter(torch.ones(3, 3))
    Muon([still], lr=0.1).step()
    assert torch.equal(still, torch.ones(3, 3))
