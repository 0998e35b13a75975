"""How well-known papers print their networks, and what must be read from that."""

from __future__ import annotations

from tests.tables.reading import layer, read, types


def test_several_layers_in_one_cell_of_a_model_column() -> None:
    small, large = read(
        """
        A | D
        11 weight layers | 16 weight layers
        input (224 × 224 RGB image) | input (224 × 224 RGB image)
        conv3-64 | conv3-64 conv3-64
        maxpool | maxpool
        conv3-256 conv3-256 | conv3-256 conv3-256 conv3-256
        maxpool | maxpool
        FC-1000 | FC-1000
        soft-max | soft-max
        """
    )
    tail = ["MaxPooling2D", "Dense", "Activation"]
    assert types(small) == ["Input", "Conv2D", "MaxPooling2D", "Conv2D", "Conv2D", *tail]
    assert types(large) == ["Input", "Conv2D", "Conv2D", "MaxPooling2D", *["Conv2D"] * 3, *tail]


def test_two_networks_of_one_table_each_with_its_input() -> None:
    generator, critic = read(
        """
        Operation | Kernel | Strides | Feature maps | BN? | Dropout | Nonlinearity
        G(z) – 100 × 1 × 1 input | | | | | |
        Linear | N/A | N/A | 1024 | √ | 0.0 | ReLU
        Transposed Convolution | 4 × 4 | 2 × 2 | 256 | √ | 0.0 | ReLU
        Transposed Convolution | 4 × 4 | 2 × 2 | 1 | × | 0.0 | Sigmoid
        D(x) – 28 × 28 × 1 input | | | | | |
        Convolution | 4 × 4 | 2 × 2 | 64 | × | 0.0 | Leaky ReLU
        Convolution | 4 × 4 | 2 × 2 | 128 | √ | 0.0 | Leaky ReLU
        Linear | N/A | N/A | 1 | × | 0.0 | Sigmoid
        """
    )
    assert types(generator)[:4] == ["Input", "Dense", "BatchNormalization", "Activation"]
    assert layer(generator, 4)[1] == {"kernel_size": [4, 4], "strides": [2, 2], "filters": 256}
    assert critic.layers[0].output_shape == (28, 28, 1)
    assert layer(critic, 1)[1] == {"kernel_size": [4, 4], "strides": [2, 2], "filters": 64}


def test_the_input_and_its_size_in_one_cell_and_units_that_become_a_map() -> None:
    one, two = read(
        """
        discriminator D | generator G
        Input 28 × 28 Gray image | Input ∈ R^74
        4 × 4 conv. 64 lRELU. stride 2 | FC. 1024 RELU. batchnorm
        4 × 4 conv. 128 lRELU. stride 2. batchnorm | FC. 7 × 7 × 128 RELU. batchnorm
        FC. 1024 lRELU. batchnorm | 4 × 4 upconv. 64 RELU. stride 2. batchnorm
        FC. 1 unit | 4 × 4 upconv. 1 channel
        """
    )
    assert types(one) == ["Input", "Conv2D", "Conv2D", "Dense", "Dense"]
    assert one.layers[2].params["strides"] == [2, 2]
    assert two.layers[0].output_shape == (74,)
    assert two.layers[2].params["units"] == 7 * 7 * 128


def test_numbers_of_rows_tell_nothing_and_maps_tell_filters_and_size() -> None:
    (flow,) = read(
        """
        Layer | Type | Maps and neurons | Kernel
        0 | input | 1 map of 29x29 neurons |
        1 | convolutional | 20 maps of 26x26 neurons | 4x4
        2 | max pooling | 20 maps of 13x13 neurons | 2x2
        3 | convolutional | 40 maps of 9x9 neurons | 5x5
        4 | fully connected | 150 neurons | 1x1
        """
    )
    assert types(flow) == ["Input", "Conv2D", "MaxPooling2D", "Conv2D", "Dense"]
    assert layer(flow, 1) == ("Conv2D", {"kernel_size": [4, 4], "filters": 20}, (26, 26, 20))
    assert flow.layers[0].output_shape == (29, 29, 1)
    assert flow.layers[4].params["units"] == 150


def test_what_detectors_print_of_their_networks() -> None:
    (flow,) = read(
        """
        # | Layer | Filters | Size | Input | Output
        0 | conv | 16 | 3 x 3 / 1 | 416 x 416 x 3 | 416 x 416 x 16
        1 | max | | 2 x 2 / 2 | 416 x 416 x 16 | 208 x 208 x 16
        2 | conv | 32 | 3 x 3 / 1 | 208 x 208 x 16 | 208 x 208 x 32
        """
    )
    assert types(flow) == ["Input", "Conv2D", "MaxPooling2D", "Conv2D"]
    assert layer(flow, 2) == ("MaxPooling2D", {"pool_size": [2, 2], "strides": [2, 2]}, (208, 208, 16))


def test_small_sizes_of_a_turned_table_are_kernels() -> None:
    (flow,) = read(
        """
        Layer | Conv1a | Pool1 | Conv2a | Pool2 | fc6
        Size | 3×3×3 | 1×2×2 | 3×3×3 | 2×2×2 | 1×1×1
        Stride | 1×1×1 | 1×2×2 | 1×1×1 | 2×2×2 | 1×1×1
        Channel | 64 | 64 | 128 | 128 | 4096
        """
    )
    assert types(flow) == ["Conv3D", "MaxPooling3D", "Conv3D", "MaxPooling3D", "Dense"]
    assert layer(flow, 0)[1] == {"kernel_size": [3, 3, 3], "strides": [1, 1, 1], "filters": 64}


def test_the_size_of_a_row_with_several_operations_counts_its_filters() -> None:
    (flow,) = read(
        """
        Layer | Size | Kernel | Stride | Padding
        Input | 3 × 227 × 227 | | |
        Conv1 + ReLU | 96 × 55 × 55 | 11 × 11 | 4 | 0
        MaxPool1 | 96 × 27 × 27 | 3 × 3 | 2 | 0
        FC6 + ReLU + Dropout | 4096 | | |
        FC8 + Softmax | 1000 | | |
        """
    )
    assert types(flow)[1:4] == ["Conv2D", "Activation", "MaxPooling2D"]
    assert flow.layers[1].params == {"kernel_size": [11, 11], "strides": [4, 4], "padding": 0, "filters": 96}
    assert [layer.params["units"] for layer in flow.layers if layer.type == "Dense"] == [4096, 1000]


def test_squares_are_sides_and_modules_have_the_channels_of_their_column() -> None:
    (flow,) = read(
        """
        Input | Operator | t | c | n | s
        224^2 × 3 | conv2d | - | 32 | 1 | 2
        112^2 × 32 | bottleneck | 1 | 16 | 1 | 1
        112² × 16 | bottleneck | 6 | 24 | 2 | 2
        7^2 × 320 | conv2d 1x1 | - | 1280 | 1 | 1
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Block", "Block", "Block", "Conv2D"]
    assert flow.layers[0].output_shape == (224, 224, 3)
    assert flow.layers[1].output_shape == (112, 112, 32)


def test_mobile_convolutions_are_modules() -> None:
    (flow,) = read(
        """
        Stage | Operator | Stride | #Channels | #Layers
        0 | Conv3x3 | 2 | 24 | 1
        1 | Fused-MBConv1, k3x3 | 1 | 24 | 2
        4 | MBConv4, k3x3, SE0.25 | 2 | 128 | 2
        7 | Conv1x1 & Pooling & FC | - | 1280 | 1
        """
    )
    assert types(flow) == ["Conv2D", *["Block"] * 4, "Conv2D", "GlobalAveragePooling2D", "Dense"]


def test_rows_name_the_rows_they_take_their_input_from() -> None:
    (flow,) = read(
        """
        Name | Kernel | Str. | Ch I/O | InpRes | OutRes | Input
        conv1 | 7×7 | 2 | 6/64 | 768×384 | 384×192 | Images
        conv2 | 5×5 | 2 | 64/128 | 384×192 | 192×96 | conv1
        conv3 | 5×5 | 2 | 128/256 | 192×96 | 96×48 | conv2
        upconv2 | 4×4 | 2 | 256/512 | 96×48 | 192×96 | conv3
        iconv2 | 3×3 | 1 | 640/512 | 192×96 | 192×96 | upconv2+conv2
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Conv2D", "Conv2D", "Conv2DTranspose", "Conv2D"]
    assert layer(flow, 1) == ("Conv2D", {"kernel_size": [7, 7], "strides": [2, 2], "filters": 64}, (384, 192, 64))
    joined = [connection.source for connection in flow.connections if connection.target == "l6"]
    assert joined == ["l5", "l3"]


def test_a_generator_starts_from_a_vector_and_its_units_fill_a_map() -> None:
    (flow,) = read(
        """
        Generator G(z) | Kernel size | Resample | Output shape
        z | - | - | 128
        Linear | - | - | 128 × 4 × 4
        Residual block | [3×3] × 2 | Up | 128 × 8 × 8
        Conv, tanh | 3×3 | - | 3 × 32 × 32
        """
    )
    assert types(flow) == ["Input", "Dense", "Block", "Conv2D", "Activation"]
    assert flow.layers[0].output_shape == (128,)
    assert layer(flow, 1) == ("Dense", {"units": 2048}, (4, 4, 128))


def test_sides_that_are_letters_are_no_repeat() -> None:
    generator, critic = read(
        """
        (a) Generator | (b) Discriminator
        z ∈ R^128 ∼ N(0, I) | RGB image x ∈ R^{M×M×3}
        dense → Mg × Mg × 512 | 3×3, stride=1 conv 64 lReLU
        4×4, stride=2 deconv. BN 256 ReLU | 4×4, stride=2 conv 64 lReLU
        3×3, stride=1 conv. 3 Tanh | dense → 1
        """
    )
    assert types(generator) == ["Input", "Dense", "Conv2DTranspose", "Conv2D"]
    assert generator.layers[1].params == {}
    assert types(critic) == ["Input", "Conv2D", "Conv2D", "Dense"]


def test_steps_of_half_a_pixel_and_filters_before_the_sides() -> None:
    (flow,) = read(
        """
        Layer | Activation size
        Input | 3 × 256 × 256
        32 × 9 × 9 conv, stride 1 | 32 × 256 × 256
        Residual block, 32 filters | 32 × 256 × 256
        16 × 3 × 3 conv, stride 1/2 | 16 × 512 × 512
        3 × 9 × 9 conv, stride 1 | 3 × 512 × 512
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Block", "Conv2DTranspose", "Conv2D"]
    assert flow.layers[0].output_shape == (256, 256, 3)
    assert layer(flow, 3) == (
        "Conv2DTranspose",
        {"kernel_size": [3, 3], "strides": [2, 2], "filters": 16},
        (512, 512, 16),
    )
    assert flow.layers[4].params == {"filters": 3, "kernel_size": [9, 9], "strides": [1, 1]}


def test_parameters_that_are_settings_in_words() -> None:
    (flow,) = read(
        """
        Layer | Parameters
        Input | 224 × 224 × 3
        Conv1 | kernel: 7 × 7, stride: 2, channels: 64
        Pool1 | max, 3 × 3, stride 2
        LSTM | hidden units: 256
        FC | 1000
        """
    )
    assert types(flow) == ["Input", "Conv2D", "MaxPooling2D", "LSTM", "Dense"]
    assert flow.layers[0].output_shape == (224, 224, 3)
    assert flow.layers[1].params == {"kernel_size": [7, 7], "strides": [2, 2], "filters": 64}
    assert flow.layers[4].params == {"units": 1000}


def test_windows_over_time_and_space() -> None:
    (flow,) = read(
        """
        stage | Slow pathway | output sizes
        conv1 | 1×7^2, 64 stride 1, 2^2 | 4×112^2
        pool1 | 1×3^2 max stride 1, 2^2 | 4×56^2
        res2 | [1×1^2, 64; 1×3^2, 64] ×2 | 4×56^2
        """
    )
    assert types(flow) == ["Conv3D", "MaxPooling3D", *["Conv3D"] * 4]
    assert layer(flow, 0)[1] == {"kernel_size": [1, 7, 7], "strides": [1, 2, 2], "filters": 64}
    assert layer(flow, 1)[1] == {"pool_size": [1, 3, 3], "strides": [1, 2, 2]}


def test_a_repeat_in_brackets_and_pictures_in_colour() -> None:
    one, two = read(
        """
        Layer | Plain | Deep
        input | 32×32 RGB image | 32×32 RGB image
        conv1 | 3×3×64 conv | 3×3×64 conv (×3)
        pool1 | 2×2 max-pool, stride 2 | 2×2 max-pool, stride 2
        dense | fc 10 | fc 10
        """
    )
    assert [sum(kind == "Conv2D" for kind in types(flow)) for flow in (one, two)] == [1, 3]
    assert two.layers[0].output_shape == (32, 32, 3)


def test_layers_in_words_under_their_names() -> None:
    (flow,) = read(
        """
        Layer | Description
        Input | 227 × 227 × 3 image
        conv1 | 96 kernels of size 11 × 11 with stride 4, ReLU
        pool1 | 3 × 3 max pooling with stride 2
        conv2 | 256 kernels of size 5 × 5 (no BN)
        fc6 | 4096 neurons, ReLU
        fc8 | 1000-way softmax
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Activation", "MaxPooling2D", "Conv2D", *["Dense", "Activation"] * 2]
    assert flow.layers[1].params == {"kernel_size": [11, 11], "strides": [4, 4], "filters": 96}
    assert flow.layers[5].params == {"units": 4096}


def test_settings_by_name_beside_the_layers_type() -> None:
    (flow,) = read(
        """
        # | Layer | Configuration
        1 | Input | 128 × 9
        2 | Conv2D | filters = 64, kernel = 3, ReLU
        3 | Max pooling | pool size = 2
        4 | Bi-GRU | units = 100
        5 | Dense | units = 6, softmax
        """
    )
    assert types(flow) == ["Input", "Conv2D", "Activation", "MaxPooling2D", "Bidirectional", "Dense", "Activation"]
    assert flow.layers[3].params == {"pool_size": [2, 2]}
    assert flow.layers[5].params == {"units": 6}


def test_sizes_of_windows_beside_the_inputs_own() -> None:
    (flow,) = read(
        """
        Layer type | Size
        Input | 32 × 32 × 3
        Convolution | 3 × 3 × 64
        Max-pooling | 2 × 2
        Convolution | 3 × 3 × 128
        Fully connected | 256
        """
    )
    assert flow.layers[0].output_shape == (32, 32, 3)
    assert flow.layers[1].params == {"kernel_size": [3, 3], "filters": 64}
    assert flow.layers[2].params == {"pool_size": [2, 2]}


def test_layers_as_a_program_prints_them() -> None:
    (flow,) = read(
        """
        Layer (type) | Output Shape | Param #
        Conv2d-1 | [-1, 64, 112, 112] | 9,408
        ReLU-2 | [-1, 64, 112, 112] | 0
        MaxPool2d-3 | [-1, 64, 56, 56] | 0
        Linear-4 | [-1, 1000] | 513,000
        """
    )
    assert types(flow) == ["Conv2D", "ReLU", "MaxPooling2D", "Dense"]
    assert flow.layers[3].params == {"units": 1000}


def test_a_repeated_row_takes_what_it_names_once() -> None:
    (flow,) = read(
        """
        Name | Type | Kernel | Filters | Repeat | Input
        conv1 | conv | 3×3 | 64 | 1 | image
        conv2 | conv | 3×3 | 64 | 1 | conv1
        conv3 | conv | 3×3 | 64 | 3 | conv1
        pool | max pool | 2×2 | | 1 | conv3
        """
    )
    sources = {connection.target: connection.source for connection in flow.connections}
    assert types(flow) == ["Input", *["Conv2D"] * 5, "MaxPooling2D"]
    assert [sources[f"l{n}"] for n in range(2, 8)] == ["l1", "l2", "l2", "l4", "l5", "l6"]
