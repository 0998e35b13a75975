"""Forms of tables beyond a layer a row: turned, in parts, with ditto signs, brackets, branches."""

from __future__ import annotations

from tests.tables.reading import layer, read, types


def test_a_table_with_the_layers_side_by_side_is_turned() -> None:
    (flow,) = read(
        """
        Layer | Conv1 | Pool1 | Conv2 | Pool2 | FC
        Kernel | 5×5 | 2×2 | 3×3 | 2×2 | -
        Stride | 1 | 2 | 1 | 2 | -
        Channels | 32 | 32 | 64 | 64 | 10
        """
    )
    assert types(flow) == ["Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Dense"]
    assert layer(flow, 2)[1] == {"kernel_size": [3, 3], "strides": [1, 1], "filters": 64}


def test_ditto_signs_mean_what_stands_above() -> None:
    (flow,) = read(
        """
        Layer | Kernel | Stride | Filters | Output
        Conv1 | 3×3 | 1 | 32 | 16×16×32
        Conv2 | " | " | " | "
        MaxPool | 2×2 | 2 | - | 8×8×32
        FC | - | - | - | 10
        """
    )
    assert layer(flow, 1) == layer(flow, 0)


def test_parts_with_sub_captions_are_networks_of_their_own() -> None:
    generator, critic = read(
        """
        Input: z ∈ R64 | | | |
        transconv | 128 | 4×4 | (1, 1) | BN | ReLU
        transconv | 3 | 4×4 | (2, 2) | | tanh
        Output: G(z) ∈ R8×8×3 | | | | |
        (a) the generator | | | | |
        Input: x ∈ R8×8×3 | | | |
        conv | 16 | 3×3 | (2, 2) | LReLU |
        conv | 32 | 3×3 | (2, 2) | LReLU |
        fully-connected | 1 | | | |
        (b) the critic | | | | |
        """.replace("R64 | | | |", "R64 | | | | |").replace("3 | | | |\n        conv", "3 | | | | |\n        conv"),
        "Table 4: From left to right: number of filters, kernel size, strides, batch normalization (BN), activation.",
    )
    assert (generator.name, critic.name) == ("the generator", "the critic")
    assert types(generator)[:3] == ["Input", "Conv2DTranspose", "BatchNormalization"]
    assert generator.layers[0].output_shape == (64,)
    assert generator.layers[-1].output_shape == (8, 8, 3)
    assert layer(critic, 1)[1] == {"filters": 16, "kernel_size": [3, 3], "strides": [2, 2]}
    assert critic.layers[-1].params == {"units": 1}


def test_a_section_that_is_repeated_is_written_out() -> None:
    (flow,) = read(
        """
        Name | Type | Output size
        initial | | 16 × 64 × 64
        unit1.0 | downsampling | 32 × 32 × 32
        unit1.1 | | 32 × 32 × 32
        unit1.2 | dilated 2 | 32 × 32 × 32
        Repeat section 1, without unit1.0 | |
        unit2.0 | upsampling | 16 × 64 × 64
        fullconv | | 4 × 128 × 128
        """
    )
    labels = [layer.label for layer in flow.layers]
    assert labels == ["initial", "unit1.0", "unit1.1", "unit1.2", "unit1.1", "unit1.2", "unit2.0", "fullconv"]
    assert flow.layers[6].type == "Block", "what a module does is no type of its own"


def test_labels_on_two_lines_and_the_sizes_of_a_cell_with_two_layers() -> None:
    small, large = read(
        """
        Layers | Output Size | Net-40 | Net-60
        Convolution | 56 × 56 | 7 × 7 conv, stride 2 | 7 × 7 conv, stride 2
        Dense Block | 56 × 56 | 1 × 1 conv | 1 × 1 conv
        (1) | | × 3 3 × 3 conv | × 6 3 × 3 conv
        Transition Layer | 56 × 56 | 1 × 1 conv, 64 | 1 × 1 conv, 64
        (1) | 28 × 28 | 2 × 2 average pool, stride 2 | 2 × 2 average pool, stride 2
        Classification | 1 × 1 | global average pool | global average pool
        Layer | | 10D fully-connected, softmax | 10D fully-connected, softmax
        """
    )
    tail = ["Conv2D", "AveragePooling2D", "GlobalAveragePooling2D", "Dense", "Activation"]
    assert types(small) == ["Conv2D"] * 7 + tail
    assert types(large) == ["Conv2D"] * 13 + tail
    assert [small.layers[place].output_shape for place in (7, 8)] == [(56, 56, 64), (28, 28, 64)]


def test_what_programs_print_of_their_networks() -> None:
    (flow,) = read(
        """
        Layer (type) | Output Shape | Param #
        conv2d_1 (Conv2D) | (None, 26, 26, 32) | 320
        max_pooling2d_1 (MaxPooling2D) | (None, 13, 13, 32) | 0
        flatten_1 (Flatten) | (None, 5408) | 0
        dense_1 (Dense) | (None, 10) | 54090
        """
    )
    assert types(flow) == ["Conv2D", "MaxPooling2D", "Flatten", "Dense"]
    assert flow.layers[0].output_shape == (26, 26, 32)
    assert flow.layers[3].params == {"units": 10}


def test_kernels_over_three_axes_and_filters_before_the_kernel() -> None:
    (video,) = read(
        """
        stage | pathway | output sizes
        conv1 | 1×7×7, 64 stride 1, 2, 2 | 4×112×112
        res2 | [1×1×1, 64 1×3×3, 64 1×1×1, 256] ×2 | 4×56×56
        """
    )
    assert types(video) == ["Conv3D"] * 7
    assert layer(video, 0)[1] == {"kernel_size": [1, 7, 7], "filters": 64, "strides": [1, 2, 2]}


def test_a_kernel_as_deep_as_its_input_tells_no_filters() -> None:
    (flow,) = read(
        """
        layer | size-in | size-out | kernel
        conv1 | 32×32×3 | 16×16×64 | 5×5×3, 2
        conv2 | 16×16×64 | 16×16×192 | 3×3×64, 1
        pool2 | 16×16×192 | 8×8×192 | 3×3×192, 2
        fc1 | 8×8×192 | 1×1×10 |
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Conv2D", "MaxPooling2D", "Dense"]
    assert layer(flow, 1)[1] == {"kernel_size": [5, 5], "strides": [2, 2], "filters": 64}
    assert layer(flow, 2)[1] == {"kernel_size": [3, 3], "strides": [1, 1], "filters": 192}


def test_branches_that_the_sizes_tell() -> None:
    (flow,) = read(
        """
        Name | Type | Stride | Output size
        conv1 | 3x3 conv | 2 | 64x64x32
        conv2 | 3x3 conv | 2 | 32x32x64
        conv3 | 3x3 conv | 2 | 16x16x128
        downscale | 3x3 max-pool | 2 | 32x32x32
        upscale | 4x4 deconv | 2 | 32x32x128
        concat | concat | | 32x32x224
        convf | 1x1 conv | | 32x32x256
        """
    )
    ids = {layer.label: layer.id for layer in flow.layers}
    inputs = flow.inputs_of()
    assert inputs[ids["downscale"]] == [ids["conv1"]]
    assert inputs[ids["upscale"]] == [ids["conv3"]]
    assert sorted(inputs[ids["concat"]]) == sorted([ids["conv2"], ids["downscale"], ids["upscale"]])


def test_how_often_each_of_several_models_has_a_row() -> None:
    one, two = read(
        """
        Network | Network | N1 | N2
        Layer name | Parameters | Repeat times | Repeat times
        C1 | (3 × 3, 32) | ×2 | ×4
         | 2 × 2 max pool, stride 2 | |
        C2 | (3 × 3, 64) | ×1 | ×3
        FC | (1 × 1, 10) | ×1 | ×1
        """
    )
    assert (one.name, two.name) == ("N1", "N2")
    assert [layer.params.get("filters") for layer in one.layers] == [32, 32, None, 64, None]
    assert (one.layers[4].type, one.layers[4].params["units"]) == ("Dense", 10)
    assert len(two.layers) == 9


def test_a_line_that_repeats_a_section_over_all_columns_is_no_heading() -> None:
    (flow,) = read(
        """
        Name | Type | Output size
        initial | | 16 × 64 × 64
        unit1.0 | downsampling | 32 × 32 × 32
        unit1.1 | | 32 × 32 × 32
        The middle part | The middle part | The middle part
        unit2.0 | upsampling | 16 × 64 × 64
        Repeat section 1, without unit1.0 | Repeat section 1, without unit1.0 | Repeat section 1, without unit1.0
        fullconv | | 4 × 128 × 128
        """
    )
    labels = [layer.label for layer in flow.layers]
    assert labels == ["initial", "unit1.0", "unit1.1", "unit2.0", "unit1.1", "fullconv"]
