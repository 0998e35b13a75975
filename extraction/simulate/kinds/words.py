"""What stands in simulated figures."""

from __future__ import annotations

import numpy as np

LAYERS = (
    "conv {k}x{k}, {c}", "Conv {k}x{k}", "{k}x{k} conv", "Conv2D({c})", "conv{n}", "Convolution", "max pool",
    "pool /2", "MaxPool 2x2",
    "avg pool", "FC {c}", "fc{n}", "Dense {c}", "Dense", "Fully connected", "softmax", "ReLU", "BatchNorm",
    "Dropout 0.5", "LSTM", "LSTM {c}", "GRU", "Bi-LSTM", "Embedding", "Flatten", "Linear", "Attention", "Add & Norm",
    "Multi-Head\nAttention", "Feed\nForward", "Layer Norm", "Concat", "Upsample", "Deconv {c}", "Residual block",
    "ResBlock",
    "Inception", "Dense block", "Sigmoid", "tanh", "Global pool", "1x1 conv", "Dilated conv", "sep conv {c}",
)  # fmt: skip
ENDS = ("Input", "input image", "x", "Image", "Words", "tokens", "224x224x3", "Data", "z")
RESULTS = ("Output", "Softmax", "class scores", "y", "Prediction", "loss", "logits", "P(y|x)")
STEPS = (
    "Feature\nextraction", "CNN", "Pre-processing", "Detector", "Region\nproposals", "Classifier", "Encoder", "Decoder",
    "Data\naugmentation", "Post-\nprocessing", "SVM", "ROI pooling", "Segmentation", "Tracking", "RNN", "ResNet-50",
    "VGG16", "Fusion", "Training", "Inference", "Loss", "NMS", "Matching", "Caption\ngenerator", "Generator",
    "Discriminator", "LSTM", "Ranking", "Evaluation", "Feature\nmaps", "Bounding box\nregression", "Transfer\nlearning",
)  # fmt: skip
DATA = (
    "Input video", "Raw frames", "Optical flow", "Images", "Audio", "Depth map", "Dataset", "Training set", "Query",
    "Result", "Heat map", "Labels", "Output", "“a man rides\na horse”", "Video frames", "Reconstruction", "Segments",
)  # fmt: skip
PLAIN = (
    "the", "of", "we", "model", "training", "figure", "error", "rate", "loss", "validation", "baseline", "method",
    "our",
    "accuracy", "with", "without", "set", "score", "time", "step", "epoch", "iterations", "frequency", "distance",
    "value",
    "class", "test", "sample", "size", "learning", "number", "data", "results", "is", "and", "on", "by", "each",
)  # fmt: skip
NOUNS = (
    "Order", "Customer", "Account", "Product", "Session", "Item", "User", "Payment", "Invoice", "Report", "Service",
    "Node",
    "Device", "Engine", "Catalogue", "Security", "Search", "Parser", "Manager", "Image", "Folder", "Label", "Course",
)  # fmt: skip


def pick(rng: np.random.Generator, of: tuple[str, ...]) -> str:
    return of[int(rng.integers(len(of)))]


def layer(rng: np.random.Generator) -> str:
    return pick(rng, LAYERS).format(
        k=int(rng.choice([1, 3, 3, 5, 7])), c=int(rng.choice([16, 32, 64, 128, 256, 512])), n=int(rng.integers(1, 9))
    )


def phrase(rng: np.random.Generator, count: int) -> str:
    return " ".join(pick(rng, PLAIN) for _ in range(count))
