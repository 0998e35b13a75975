"""Layers that work on maps: convolutions, pooling, padding, cropping, resizing. One row a type and rank."""

from __future__ import annotations

from collections.abc import Iterator

from extraction.flow.catalogue import parameters as p
from extraction.flow.catalogue.schema import LayerType, Parameter

_CONV = (p.FILTERS, p.KERNEL_SIZE, p.STRIDES, p.PADDING, p.DILATION_RATE, p.GROUPS, p.ACTIVATION, p.USE_BIAS)
_CAUSAL = tuple(p.CAUSAL_PADDING if one is p.PADDING else one for one in _CONV)
_TRANSPOSED = (p.FILTERS, p.KERNEL_SIZE, p.STRIDES, p.PADDING, p.DILATION_RATE, p.ACTIVATION, p.USE_BIAS)
_DEPTHWISE = (p.KERNEL_SIZE, p.STRIDES, p.PADDING, p.DEPTH_MULTIPLIER, p.DILATION_RATE, p.ACTIVATION, p.USE_BIAS)
_SEPARABLE = (p.FILTERS, *_DEPTHWISE)
_POOL = (
    Parameter("pool_size", "size", required=True, minimum=1, help="Size of the window along each axis."),
    Parameter("strides", "size", None, minimum=1, help="Step of the window; as long as the window if nothing is said."),
    p.PADDING,
)
_WHAT = {1: "sequences", 2: "images", 3: "volumes"}


def spatial_types() -> Iterator[LayerType]:
    for rank in (1, 2, 3):
        yield from _of_rank(rank)
    yield LayerType(
        "Resizing",
        "pool",
        "Resizes an image to a fixed height and width.",
        (
            Parameter("height", "int", required=True, minimum=1, help="Height of the result."),
            Parameter("width", "int", required=True, minimum=1, help="Width of the result."),
            Parameter("interpolation", "choice", "bilinear", choices=("bilinear", "nearest", "bicubic")),
        ),
        rank=2,
        aliases=("resize", "interpolate", "rescale image"),
        keras="Resizing",
        caffe="Interp",
        pytorch="F.interpolate",
        onnx="Resize",
    )


def _of_rank(rank: int) -> Iterator[LayerType]:
    what, plain = _WHAT[rank], rank == 2  # figures that don't say the rank mean images
    d = f"{rank}d"
    yield LayerType(
        f"Conv{rank}D",
        "conv",
        f"Convolution over {what}.",
        _CAUSAL if rank == 1 else _CONV,
        rank,
        aliases=(f"convolution{d}", f"conv {d}")
        + (("conv", "convolution", "convolutional layer", "conv layer", "spatial convolution") if plain else ())
        + (("pointwise",) if plain else ())
        + (("temporal convolution", "causal conv") if rank == 1 else ()),
        keras=f"Conv{rank}D",
        caffe="Convolution" if plain else None,
        pytorch=f"nn.Conv{d}",
        onnx="Conv",
    )
    yield LayerType(
        f"Conv{rank}DTranspose",
        "conv",
        f"Transposed convolution over {what}: makes them larger.",
        _TRANSPOSED,
        rank,
        aliases=(f"transposed conv{d}", f"deconv{d}", f"convtranspose{d}", f"convolution{d}transpose")
        + (
            ("deconv", "deconvolution", "transposed conv", "transposed convolution", "up-conv", "upconv", "transconv",
             "conv transpose", "fullconv", "up-convolution")
            if plain
            else ()
        ),
        keras=f"Conv{rank}DTranspose",
        caffe="Deconvolution" if plain else None,
        pytorch=f"nn.ConvTranspose{d}",
        onnx="ConvTranspose",
    )  # fmt: skip
    if rank < 3:
        yield LayerType(
            f"SeparableConv{rank}D",
            "conv",
            f"Depthwise convolution over {what} followed by a 1x1 convolution.",
            _SEPARABLE,
            rank,
            aliases=(f"separable convolution{d}", f"sepconv{d}")
            + (("separable conv", "separable convolution", "sepconv", "depthwise separable conv") if plain else ()),
            keras=f"SeparableConv{rank}D",
            caffe="Convolution" if plain else None,
            pytorch=f"nn.Conv{d}",
            onnx="Conv",
        )
        yield LayerType(
            f"DepthwiseConv{rank}D",
            "conv",
            f"Convolution over {what} that treats every channel alone.",
            _DEPTHWISE,
            rank,
            aliases=(f"depthwise convolution{d}", f"dwconv{d}")
            + (("dwconv", "dw conv", "depthwise conv", "depthwise convolution", "dwise") if plain else ()),
            keras=f"DepthwiseConv{rank}D",
            caffe="Convolution" if plain else None,
            pytorch=f"nn.Conv{d}",
            onnx="Conv",
        )
    for word, short, adjective in (("Max", "max", "largest"), ("Average", "avg", "mean")):
        pool = "MaxPool" if word == "Max" else "AvgPool"
        yield LayerType(
            f"{word}Pooling{rank}D",
            "pool",
            f"Takes the {adjective} value of every window of {what}.",
            _POOL,
            rank,
            aliases=(f"{short}pool{d}", f"{word.lower()}pool{d}")
            + (
                (f"{short} pool", f"{short}-pooling", f"{word.lower()} pool", f"{word.lower()} pooling", f"{short}p")
                if plain
                else ()
            )
            + (("subsampling", "mean pooling", "mean pool") if plain and word == "Average" else ()),
            keras=f"{word}Pooling{rank}D",
            caffe="Pooling" if plain else None,
            pytorch=f"nn.{pool}{d}",
            onnx="MaxPool" if word == "Max" else "AveragePool",
        )
        yield LayerType(
            f"Global{word}Pooling{rank}D",
            "pool",
            f"Takes the {adjective} value of every channel over the whole of {what}.",
            (p.KEEPDIMS,),
            rank,
            aliases=(f"global {short}pool{d}", f"global{pool}{d}")
            + (
                (f"global {short} pool", f"global {short} pooling", f"global {word.lower()} pooling", f"g{short[0]}p",
                 f"global {word.lower()} pool")
                if plain
                else ()
            )
            + (("global pool", "global pooling", "avgpool global") if plain and word == "Average" else ()),
            keras=f"Global{word}Pooling{rank}D",
            caffe="Pooling" if plain else None,
            pytorch=f"nn.Adaptive{pool}{d}",
            onnx=f"Global{'MaxPool' if word == 'Max' else 'AveragePool'}",
        )  # fmt: skip
        yield LayerType(
            f"Adaptive{word}Pooling{rank}D",
            "pool",
            f"Takes the {adjective} value of as many windows of {what} as the output has places.",
            (Parameter("output_size", "size", required=True, minimum=1, help="Size of the output along each axis."),),
            rank,
            aliases=(f"adaptive {short}pool{d}", f"adaptive{pool}{d}")
            + ((f"adaptive {short} pool", f"adaptive {word.lower()} pooling") if plain else ()),
            keras=f"Adaptive{word}Pooling{rank}D",
            caffe="Pooling" if plain else None,
            pytorch=f"nn.Adaptive{pool}{d}",
            onnx=pool if word == "Max" else "AveragePool",
        )
    yield LayerType(
        f"UpSampling{rank}D",
        "pool",
        f"Enlarges {what} by whole factors.",
        (
            Parameter("size", "size", 2, minimum=1, help="Factor along each axis."),
            *(
                (Parameter("interpolation", "choice", "nearest", choices=("nearest", "bilinear", "bicubic")),)
                if plain
                else ()
            ),
        ),
        rank,
        aliases=(f"upsample{d}",)
        + (
            ("upsample", "upsampling", "up sampling", "upscale", "unpool", "unpooling", "bilinear upsampling")
            if plain
            else ()
        ),
        keras=f"UpSampling{rank}D",
        caffe="Deconvolution" if plain else None,
        pytorch="nn.Upsample",
        onnx="Resize",
    )
    yield LayerType(
        f"ZeroPadding{rank}D",
        "pool",
        f"Adds a border of zeros to {what}.",
        (Parameter("padding", "ints", 1, minimum=0, help="Zeros on each side; a pair a axis where sides differ."),),
        rank,
        aliases=(f"zeropad{d}", f"pad{d}") + (("zero padding", "zero pad", "pad", "padding") if plain else ()),
        keras=f"ZeroPadding{rank}D",
        caffe=None,
        pytorch=f"nn.ZeroPad{d}",
        onnx="Pad",
    )
    yield LayerType(
        f"Cropping{rank}D",
        "pool",
        f"Cuts a border off {what}.",
        (
            Parameter(
                "cropping", "ints", required=True, minimum=0, help="Cut on each side; a pair a axis where sides differ."
            ),
        ),
        rank,
        aliases=(f"crop{d}",) + (("crop", "cropping", "center crop") if plain else ()),
        keras=f"Cropping{rank}D",
        caffe="Crop" if plain else None,
        pytorch="slicing",
        onnx="Slice",
    )
    yield LayerType(
        f"SpatialDropout{rank}D",
        "norm",
        f"Drops whole channels of {what} while training.",
        (p.RATE,),
        rank,
        aliases=(f"dropout{d}",) + (("spatial dropout",) if plain else ()),
        keras=f"SpatialDropout{rank}D",
        caffe=None,
        pytorch=f"nn.Dropout{d}",
        onnx="Dropout",
    )
