"""What the dynamics' data, thresholds and trained networks refuse, each in one line."""

import numpy as np
import pytest

from asymp.dynamics import PatchData, PatchModel, Thresholds, patch_dynamics, train_network
from asymp.errors import InvalidParameter

TRAINED = {"width": 2, "delta": 1.0, "lam": 0.5, "eta": 0.1, "rng": 0}
ITERATED = {"width": 2, "samples": 3, "alpha": 4.0, "delta": 3.8, "lam": 0.5, "eta": 0.05}


@pytest.fixture(scope="module")
def law():
    return patch_dynamics()


@pytest.fixture(scope="module")
def data():
    return PatchModel(20, alpha=2.0).draw(3, 0)


@pytest.fixture(scope="module")
def trained(law, data):
    return train_network(law, data, 2, **TRAINED)


@pytest.mark.parametrize(
    ("radius", "said"),
    [
        (float("nan"), r"delta = nan is not in \[0, inf\)"),
        (float("inf"), r"delta = inf is not in \[0, inf\)"),
        (-1.0, r"delta = -1.0 is not in \[0, inf\)"),
        ("a", "delta = 'a' is not in"),
    ],
)
def test_no_accuracy_at_what_is_no_radius(trained, data, radius, said):
    with pytest.raises(InvalidParameter, match=said):
        trained.accuracies(data, radius)


def test_test_data_are_of_the_training_datas_dimension(trained, data):
    other = PatchModel(30, alpha=2.0).draw(3, 0)
    with pytest.raises(InvalidParameter, match="have dimension 30, the training data 20"):
        trained.accuracies(other)
    with pytest.raises(InvalidParameter, match="test = 1 is no PatchData"):
        trained.accuracies(1)
    assert set(trained.accuracies(data)) == {
        "clean_train", "robust_train", "clean_test", "robust_test",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        (3 * np.ones(20), "signal has norm 13.4164, not 1"),
        (np.zeros(20), "signal has norm 0, not 1"),
        (np.full(20, np.nan), "signal holds nan"),
        (np.ones(7) / 7**0.5, r"signal has shape \(7,\); give one of shape \(20,\)"),
        (np.eye(20), r"signal has shape \(20, 20\)"),
        ("a", "signal = 'a' is not an array"),
    ],
)
def test_a_signal_is_a_unit_vector(signal, said):
    with pytest.raises(InvalidParameter, match=said):
        PatchModel(20, alpha=2.0).draw(3, 0, signal)


def test_a_signal_in_single_precision_is_one():
    signal = np.ones(20, dtype=np.float32) / np.float32(20) ** np.float32(0.5)
    drawn = PatchModel(20, alpha=2.0).draw(3, 0, signal)
    # The noise is projected along a vector whose norm is one within 1e-7.
    assert np.abs(drawn.noise @ drawn.signal).max() < 1e-6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"labels": [1, 2, 1]}, r"labels holds 2 at \[1\]"),
        ({"labels": [1, -1]}, r"labels has shape \(2,\)"),
        ({"noise": np.ones((3, 20))}, r"give a non-empty array of shape \(N, P, d\)"),
        ({"noise": np.ones((3, 1, 20))}, r"noise at \[0, 0\] has product"),
        ({"noise": np.full((3, 1, 20), np.inf)}, "noise holds inf"),
        ({"signal": 2 * np.eye(20)[0]}, "signal has norm 2, not 1"),
        ({"signal": np.eye(20)[0]}, "has product"),
        ({"alpha": "a"}, r"alpha = 'a' is not in \(0, inf\)"),
        ({"alpha": 0.0}, r"alpha = 0.0 is not in \(0, inf\)"),
    ],
)
def test_data_that_the_model_excludes_are_refused(data, change, said):
    held = {k: getattr(data, k) for k in ("labels", "noise", "signal", "alpha")}
    with pytest.raises(InvalidParameter, match=said):
        PatchData(**{**held, **change})


def test_lists_are_data_too():
    data = PatchData([1, -1], [[[0, 1]], [[0, 2]]], [1, 0], 2)
    assert data.energy.tolist() == [[1.0], [4.0]]
    assert isinstance(data.alpha, float)


@pytest.mark.parametrize("value", ["a", 1.0, (1.0, 0.1, 1.0)])
def test_thresholds_are_of_their_kind(law, data, value):
    with pytest.raises(InvalidParameter, match=r"thresholds = .* is no Thresholds; give asymp"):
        law.run(2, thresholds=value, **ITERATED)
    with pytest.raises(InvalidParameter, match=r"thresholds = .* is no Thresholds; give asymp"):
        train_network(law, data, 2, thresholds=value, **TRAINED)


@pytest.mark.parametrize("name", ["signal", "rising", "memorised"])
@pytest.mark.parametrize("value", ["a", float("nan"), None, [1.0, 2.0]])
def test_a_threshold_is_a_number(name, value):
    with pytest.raises(InvalidParameter, match=rf"threshold {name} = .* is not in \(-inf, inf\)"):
        Thresholds(**{name: value})


def test_thresholds_are_used_by_both(law, data):
    criteria = Thresholds(signal=2.0)
    for found in (
        law.run(2, thresholds=criteria, **ITERATED),
        train_network(law, data, 2, thresholds=criteria, **TRAINED).trajectory,
    ):
        assert found.attrs["phase_criterion"] == criteria.criterion


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"law": "a"}, "law = 'a' is no DynamicalLaw; give one of patch_dynamics"),
        ({"data": np.ones((3, 20))}, "data = .* is no PatchData; draw one"),
    ],
)
def test_training_takes_a_law_and_data(law, data, change, said):
    with pytest.raises(InvalidParameter, match=said):
        train_network(**{"law": law, "data": data, "steps": 2, **TRAINED, **change})
