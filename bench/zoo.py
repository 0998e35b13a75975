"""Well-known image models that `keras.applications` lacks, written from their papers, to be imported and generated.

Each is a function without arguments that builds the model with random weights.
"""

from __future__ import annotations

from typing import Any

from keras import Input, Model, layers


def _conv(x: Any, filters: int, size: Any, strides: int = 1, padding: str = "same", slope: float = 0.0) -> Any:
    """Convolution without bias, batch normalisation, ReLU (leaky with a slope)."""
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.LeakyReLU(negative_slope=slope)(x) if slope else layers.ReLU()(x)


def _classes(x: Any, count: int = 1000) -> Any:
    return layers.Dense(count, activation="softmax", name="predictions")(x)


def squeezenet() -> Any:
    """SqueezeNet 1.0 (Iandola et al. 2016, table 1), for images whose maps its poolings divide evenly."""

    def fire(x: Any, squeeze: int, expand: int) -> Any:
        x = layers.Conv2D(squeeze, 1, activation="relu")(x)
        ways = [layers.Conv2D(expand, size, padding="same", activation="relu")(x) for size in (1, 3)]
        return layers.Concatenate()(ways)

    image = Input((227, 227, 3))
    x = layers.Conv2D(96, 7, strides=2, activation="relu")(image)
    for squeeze, expand, pooled in (
        (16, 64, True), (16, 64, False), (32, 128, False), (32, 128, True), (48, 192, False), (48, 192, False),
        (64, 256, False), (64, 256, True),
    ):  # fmt: skip
        if pooled:
            x = layers.MaxPooling2D(3, strides=2)(x)
        x = fire(x, squeeze, expand)
    x = layers.Dropout(0.5)(x)
    x = layers.Conv2D(1000, 1, activation="relu")(x)
    return Model(image, layers.Softmax()(layers.GlobalAveragePooling2D()(x)), name="squeezenet")


def googlenet() -> Any:
    """GoogLeNet, Inception V1 (Szegedy et al. 2014, table 1), without its two helping classifiers."""

    def inception(x: Any, one: int, before3: int, three: int, before5: int, five: int, pooled: int) -> Any:
        def conv(x: Any, filters: int, size: int) -> Any:
            return layers.Conv2D(filters, size, padding="same", activation="relu")(x)

        pool = layers.MaxPooling2D(3, strides=1, padding="same")(x)
        ways = [conv(x, one, 1), conv(conv(x, before3, 1), three, 3), conv(conv(x, before5, 1), five, 5)]
        return layers.Concatenate()([*ways, conv(pool, pooled, 1)])

    def pooling(x: Any) -> Any:
        return layers.MaxPooling2D(3, strides=2, padding="same")(x)

    image = Input((224, 224, 3))
    x = pooling(layers.Conv2D(64, 7, strides=2, padding="same", activation="relu")(image))
    x = layers.Conv2D(64, 1, activation="relu")(x)
    x = pooling(layers.Conv2D(192, 3, padding="same", activation="relu")(x))
    for widths in ((64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)):
        x = inception(x, *widths)
    x = pooling(x)
    for widths in (
        (192, 96, 208, 16, 48, 64), (160, 112, 224, 24, 64, 64), (128, 128, 256, 24, 64, 64),
        (112, 144, 288, 32, 64, 64), (256, 160, 320, 32, 128, 128),
    ):  # fmt: skip
        x = inception(x, *widths)
    x = pooling(x)
    for widths in ((256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)):
        x = inception(x, *widths)
    x = layers.Dropout(0.4)(layers.GlobalAveragePooling2D()(x))
    return Model(image, _classes(x), name="googlenet")


def inception_v4() -> Any:
    """Inception V4 (Szegedy et al. 2016, figures 3 to 9)."""

    def row(x: Any, *steps: tuple[int, Any]) -> Any:
        for filters, size in steps:
            x = _conv(x, filters, size)
        return x

    def join(*ways: Any) -> Any:
        return layers.Concatenate()(list(ways))

    def smaller(x: Any) -> Any:
        return layers.MaxPooling2D(3, strides=2)(x)

    def mean(x: Any) -> Any:
        return layers.AveragePooling2D(3, strides=1, padding="same")(x)

    image = Input((299, 299, 3))
    x = _conv(_conv(image, 32, 3, 2, "valid"), 32, 3, padding="valid")
    x = _conv(x, 64, 3)
    x = join(smaller(x), _conv(x, 96, 3, 2, "valid"))
    x = join(
        _conv(_conv(x, 64, 1), 96, 3, padding="valid"),
        _conv(row(x, (64, 1), (64, (7, 1)), (64, (1, 7))), 96, 3, padding="valid"),
    )
    x = join(_conv(x, 192, 3, 2, "valid"), smaller(x))
    for _ in range(4):
        x = join(row(mean(x), (96, 1)), row(x, (96, 1)), row(x, (64, 1), (96, 3)), row(x, (64, 1), (96, 3), (96, 3)))
    x = join(smaller(x), _conv(x, 384, 3, 2, "valid"), _conv(row(x, (192, 1), (224, 3)), 256, 3, 2, "valid"))
    for _ in range(7):
        x = join(
            row(mean(x), (128, 1)),
            row(x, (384, 1)),
            row(x, (192, 1), (224, (1, 7)), (256, (7, 1))),
            row(x, (192, 1), (192, (1, 7)), (224, (7, 1)), (224, (1, 7)), (256, (7, 1))),
        )
    x = join(
        smaller(x),
        _conv(row(x, (192, 1)), 192, 3, 2, "valid"),
        _conv(row(x, (256, 1), (256, (1, 7)), (320, (7, 1))), 320, 3, 2, "valid"),
    )
    for _ in range(3):
        narrow, deep = row(x, (384, 1)), row(x, (384, 1), (448, (1, 3)), (512, (3, 1)))
        ways = [row(way, (256, size)) for way in (narrow, deep) for size in ((1, 3), (3, 1))]
        x = join(row(mean(x), (256, 1)), row(x, (256, 1)), *ways)
    x = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    return Model(image, _classes(x), name="inception_v4")


def resnext50() -> Any:
    """ResNeXt-50, 32 x 4d (Xie et al. 2017, table 1)."""

    def block(x: Any, width: int, strides: int, first: bool) -> Any:
        short = x
        if first:
            short = layers.Conv2D(2 * width, 1, strides=strides, use_bias=False)(x)
            short = layers.BatchNormalization()(short)
        y = layers.ZeroPadding2D(1)(_conv(x, width, 1))
        y = layers.Conv2D(width, 3, strides=strides, groups=32, use_bias=False)(y)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.BatchNormalization()(layers.Conv2D(2 * width, 1, use_bias=False)(y))
        return layers.ReLU()(layers.Add()([short, y]))

    image = Input((224, 224, 3))
    x = _conv(layers.ZeroPadding2D(3)(image), 64, 7, 2, "valid")
    x = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    for stage, count in enumerate((3, 4, 6, 3)):
        for number in range(count):
            x = block(x, 128 << stage, 2 if stage and not number else 1, not number)
    return Model(image, _classes(layers.GlobalAveragePooling2D()(x)), name="resnext50")


def fcn8s() -> Any:
    """FCN-8s for Pascal VOC (Long et al. 2015) on VGG16: three heights of maps joined, enlarged 8 times."""

    def cut(x: Any, before: int, size: int) -> Any:
        behind = x.shape[1] - before - size
        return layers.Cropping2D(((before, behind), (before, behind)))(x)

    image = Input((224, 224, 3))
    x, pooled = layers.ZeroPadding2D(100)(image), []
    for number, (count, filters) in enumerate(((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))):
        for first in range(count):
            padding = "valid" if not number and not first else "same"
            x = layers.Conv2D(filters, 3, padding=padding, activation="relu")(x)
        x = layers.MaxPooling2D(2, padding="same")(x)
        pooled.append(x)
    for filters, size in ((4096, 7), (4096, 1)):
        x = layers.Dropout(0.5)(layers.Conv2D(filters, size, activation="relu")(x))
    x = layers.Conv2D(21, 1)(x)
    for skipped, before in ((pooled[3], 5), (pooled[2], 9)):
        x = layers.Conv2DTranspose(21, 4, strides=2, use_bias=False)(x)
        x = layers.Add()([x, cut(layers.Conv2D(21, 1)(skipped), before, x.shape[1])])
    x = layers.Conv2DTranspose(21, 16, strides=8, use_bias=False)(x)
    return Model(image, cut(x, 31, 224), name="fcn8s")


def yolo3() -> Any:
    """YOLOv3 for COCO (Redmon and Farhadi 2018): Darknet-53 and three heads of 3 boxes of 85 numbers."""

    def conv(x: Any, filters: int, size: int) -> Any:
        return _conv(x, filters, size, slope=0.1)

    image = Input((416, 416, 3))
    x, heights = conv(image, 32, 3), []
    for filters, count in ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4)):
        x = _conv(layers.ZeroPadding2D(((1, 0), (1, 0)))(x), filters, 3, 2, "valid", 0.1)
        for _ in range(count):
            x = layers.Add()([x, conv(conv(x, filters // 2, 1), filters, 3)])
        heights.append(x)
    heads = []
    for filters, below in ((512, None), (256, heights[-2]), (128, heights[-3])):
        if below is not None:
            x = layers.Concatenate()([layers.UpSampling2D(2)(conv(x, filters, 1)), below])
        for _ in range(2):
            x = conv(conv(x, filters, 1), 2 * filters, 3)
        x = conv(x, filters, 1)
        heads.append(layers.Conv2D(255, 1)(conv(x, 2 * filters, 3)))
    return Model(image, heads, name="yolo3")


ZOO = {
    "SqueezeNet": squeezenet, "GoogLeNet": googlenet, "ResNeXt50": resnext50, "InceptionV4": inception_v4,
    "YOLO3": yolo3, "FCN8s": fcn8s,
}  # fmt: skip
