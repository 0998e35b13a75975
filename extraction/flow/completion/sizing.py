"""Which kernel, strides and padding turn one size into another. Pure arithmetic, constant time an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from extraction.flow.rules import transposed, window

Sizes = tuple[int, ...]

#: Largest kernel that is read out of two printed sizes.
LARGEST_KERNEL = 11


@dataclass(frozen=True, slots=True)
class Window:
    """One way to slide; `border` pixels of zeros are added on every side beforehand."""

    kernel: Sizes
    strides: Sizes
    padding: str
    border: int = 0


def windows(
    size: Sizes,
    target: Sizes,
    *,
    kernel: Sizes | None,
    strides: Sizes | None,
    padding: str | None,
    dilation: Sizes,
    default_kernel: int,
    pool: bool,
    borders: bool,
) -> Iterator[Window]:
    """All ways found to get from `size` to `target` that keep what is given, the most usual first."""
    paddings = [padding] if padding else ["valid", "same"] if pool else ["same", "valid"]
    kernels = [kernel] if kernel else [_all(default_kernel, size)]
    usual = _all(1, size) if not pool else None
    for each in kernels:
        for how in paddings:
            first = strides or usual or pool_strides(each)
            if all(window(n, _reach(k, d), s, how) == t for n, k, d, s, t in _zip(size, each, dilation, first, target)):
                yield Window(each, first, how)
    if kernel is None and "valid" in paddings and (read := _kernel(size, target, strides, dilation, pool)):
        yield read
    if strides is None:
        for each in kernels:
            for how in paddings:
                if (steps := _strides(size, target, each, dilation, how, 0)) is not None:
                    yield Window(each, steps, how)
    if borders and padding is None:
        for each in kernels:
            for border in range(1, min(max(each), LARGEST_KERNEL) + 1):
                steps = strides or _strides(size, target, each, dilation, "valid", border)
                if steps and all(
                    window(n, _reach(k, d), s, border) == t
                    for n, k, d, s, t in _zip(size, each, dilation, steps, target)
                ):
                    yield Window(each, steps, "valid", border)


def _zip(*columns: Sequence[int]) -> Iterator[tuple[int, ...]]:
    return zip(*columns, strict=True)


def _all(number: int, like: Sequence[int]) -> Sizes:
    return (number,) * len(like)


def _reach(kernel: int, dilation: int) -> int:
    return (kernel - 1) * dilation + 1


def pool_strides(kernel: Sizes) -> Sizes:
    """Windows usually lie side by side; those of 3 overlap by one."""
    return tuple(2 if k == 3 else k for k in kernel)


def _kernel(size: Sizes, target: Sizes, strides: Sizes | None, dilation: Sizes, pool: bool) -> Window | None:
    """The kernel that fits without padding: of a pooling as long as its stride, of a convolution with stride 1."""
    if pool:
        if any(n % t for n, t in zip(size, target, strict=True)):
            return None
        steps = tuple(n // t for n, t in zip(size, target, strict=True))
        return Window(steps, steps, "valid") if strides in (None, steps) else None
    if (strides and max(strides) > 1) or max(dilation) > 1:
        return None
    kernel = tuple(n - t + 1 for n, t in zip(size, target, strict=True))
    if any(not 1 <= k <= LARGEST_KERNEL for k in kernel) or any(2 * t <= n for n, t in zip(size, target, strict=True)):
        return None
    return Window(kernel, _all(1, size), "valid")


def _strides(size: Sizes, target: Sizes, kernel: Sizes, dilation: Sizes, padding: str, border: int) -> Sizes | None:
    """The smallest strides that hit the target."""
    found = []
    for n, t, k, d in zip(size, target, kernel, dilation, strict=True):
        if padding == "same":
            stride = -(-n // t)
            how: Any = "same"
        else:
            room = n + 2 * border - _reach(k, d)
            if room < 0:
                return None
            stride, how = room // t + 1, border
        if window(n, _reach(k, d), stride, how) != t:
            return None
        found.append(stride)
    return tuple(found)


def enlarging(
    size: Sizes, target: Sizes, *, kernel: Sizes | None, strides: Sizes | None, padding: str | None, default_kernel: int
) -> Window | None:
    """How a transposed convolution gets from `size` to `target`."""
    for how in [padding] if padding else ["same", "valid"]:
        found = []
        for axis, (n, t) in enumerate(zip(size, target, strict=True)):
            k = kernel[axis] if kernel else default_kernel
            steps = [strides[axis]] if strides else [s for s in (t // n, (t - k) // max(n - 1, 1)) if s >= 1]
            fits = next((s for s in steps if transposed(n, k, s, how) == t), None)
            if fits is None:
                break
            found.append((k, fits))
        else:
            return Window(tuple(k for k, _ in found), tuple(s for _, s in found), how)
    return None
