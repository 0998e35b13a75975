"""The published weights are read as arrays, and nothing else comes out of a pickle."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from extraction.classify import backbone, weights
from extraction.classify.weights import WeightsError


def _file(tmp_path: Path, *objects: Any) -> Path:
    path = tmp_path / "weights.pth"
    path.write_bytes(b"".join(pickle.dumps(value, protocol=2) for value in objects))
    return path


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run",)


def test_published_weights_are_those_of_the_network() -> None:
    arrays = weights.load()
    assert arrays["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert arrays["_fc.weight"].shape == (1000, 1280)
    assert sum(array.size for name, array in arrays.items() if "running" not in name) == 4_652_008
    assert all(np.isfinite(array).all() for array in arrays.values())


@pytest.mark.parametrize("position", range(5))
def test_a_pickle_that_calls_something_is_refused_before_the_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], position: int
) -> None:
    objects: list[Any] = [weights.MAGIC, weights.PROTOCOL, {}, {}, []]
    objects[position] = Evil()
    with pytest.raises(WeightsError, match="print"):
        weights.load(_file(tmp_path, *objects))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"not a pickle", pickle.dumps(7), pickle.dumps(weights.MAGIC, protocol=2)])
def test_another_file_gets_a_clear_message(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="EfficientNet-Lite0"):
        weights.load(path)


def test_a_tensor_beyond_its_storage_is_refused(tmp_path: Path) -> None:
    """Offset and strides come from the file: they must not reach into other memory."""
    torch = pytest.importorskip("torch")
    buffer = io.BytesIO()
    torch.save({"w": torch.zeros(4)}, buffer, _use_new_zipfile_serialization=False)
    path = tmp_path / "weights.pth"
    path.write_bytes(buffer.getvalue())
    assert weights.load(path)["w"].tolist() == [0, 0, 0, 0]
    whole = buffer.getvalue()
    shape = whole.index(b"K\x04\x85")  # the tuple (4,)
    path.write_bytes(whole[: shape + 1] + b"\x40" + whole[shape + 2 :])
    with pytest.raises(WeightsError, match="beyond its storage"):
        weights.load(path)


def test_the_graph_computes_what_its_definition_says() -> None:
    """The first layer, by hand: convolution with stride 2 and padding as TensorFlow does it, normalised, clipped."""
    import onnxruntime

    arrays = weights.load()
    session = onnxruntime.InferenceSession(
        backbone.build(arrays).SerializeToString(), providers=["CPUExecutionProvider"]
    )
    image = np.random.default_rng(0).normal(size=(1, 3, 64, 96)).astype(np.float32)
    names = [output.name for output in session.get_outputs()]
    outputs = dict(zip(names, session.run(names, {"image": image}), strict=True))
    assert outputs["mean7"].shape == (1, 1280)
    assert {outputs[f"max{i}"].shape[1] for i in range(7)} == {16, 24, 40, 80, 112, 192, 320}
    assert (outputs["max7"] <= 6).all()
    assert (outputs["mean7"] >= 0).all()
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(image)

    def conv(x: Any, name: str, norm: str, stride: int = 1, *, clip: bool = True) -> Any:
        kernel = torch.tensor(arrays[f"{name}.weight"])
        size = kernel.shape[-1]
        total = [max(0, (-(-n // stride) - 1) * stride + size - n) for n in x.shape[2:]]
        x = torch.nn.functional.pad(x, (total[1] // 2, -(-total[1] // 2), total[0] // 2, -(-total[0] // 2)))
        groups = kernel.shape[0] if kernel.shape[1] == 1 else 1
        x = torch.nn.functional.conv2d(x, kernel, stride=stride, groups=groups)
        parts = (torch.tensor(arrays[f"{norm}.{part}"]) for part in ("running_mean", "running_var", "weight", "bias"))
        x = torch.nn.functional.batch_norm(x, *parts, eps=backbone.BATCH_NORM_EPSILON)
        return torch.nn.functional.relu6(x) if clip else x

    x = conv(x, "_conv_stem", "_bn0", 2)
    x = conv(
        conv(x, "_blocks.0._depthwise_conv", "_blocks.0._bn1"), "_blocks.0._project_conv", "_blocks.0._bn2", clip=False
    )
    np.testing.assert_allclose(outputs["mean0"], x.mean(dim=(2, 3)).numpy(), atol=1e-4)
