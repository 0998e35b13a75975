"""Which handler reads which of Caffe's layer types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from extraction.importing.caffe import channels, composed, foreign, plain, spatial
from extraction.importing.caffe.net import Definition
from extraction.importing.caffe.reader import Reader
from extraction.importing.layout import Blob

Handler = Callable[[Reader, Definition, Sequence[Blob]], list[Blob]]

HANDLERS: dict[str, Handler] = {
    "Input": plain.data,
    "Data": plain.data,
    "Split": plain.split,
    "InnerProduct": plain.inner_product,
    "BatchNorm": plain.batch_norm,
    "BN": plain.segnet_norm,
    "Scale": plain.scale,
    "ReLU": plain.relu,
    "PReLU": plain.prelu,
    "ELU": plain.elu,
    "Sigmoid": plain.function("sigmoid"),
    "TanH": plain.function("tanh"),
    "BNLL": plain.function("softplus"),
    "Swish": plain.swish,
    "Exp": plain.exponential,
    "Tile": composed.tile,
    "SPP": composed.pyramid,
    "Reduction": composed.reduction,
    "Embed": composed.embed,
    "Log": plain.logarithm,
    "AbsVal": plain.absolute,
    "Threshold": plain.threshold,
    "MVN": plain.mvn,
    "Clip": plain.clip,
    "Power": plain.power,
    "Softmax": plain.softmax,
    "Dropout": plain.dropout,
    "SpatialDropout": plain.spatial_dropout,
    "LRN": plain.lrn,
    "Eltwise": plain.eltwise,
    "Concat": plain.concat,
    "Flatten": plain.flatten,
    "Reshape": plain.reshape,
    "Permute": plain.permute,
    "Convolution": spatial.convolution,
    "DepthwiseConvolution": spatial.convolution,
    "ConvolutionDepthwise": spatial.convolution,
    "Deconvolution": spatial.deconvolution,
    "Pooling": spatial.pooling,
    "Crop": spatial.crop,
    "Slice": spatial.slice_,
    "Bias": channels.bias,
    "ArgMax": channels.arg_max,
    **{name: foreign.kept(sizes) for name, sizes in foreign.SIZES.items()},
}
