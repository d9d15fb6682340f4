"""What MediaPipe's own interpreter makes of pictures with the attention mesh, whose operators LiteRT lacks.

    pip install mediapipe==0.10.21                            (in an environment of its own)
    python ask_mediapipe.py PICTURES.npy ANSWERS.npz          (in tools/people)

PICTURES.npy is (N, 192, 192, 3) uint8 RGB. ANSWERS.npz gets each output of the network, (N, values) float32, by the
names of `people.mediapipe_networks`. `tests/people/test_attention_mesh.py` compares.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import mediapipe
import numpy as np
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import calculator_graph, image_frame, resource_util

OUTPUTS = ("mesh", "lips", "left_eye", "right_eye", "left_iris", "right_iris", "presence")
NETWORK = "mediapipe/modules/face_landmark/face_landmark_with_attention.tflite"


def graph() -> str:
    """Pictures in, each output of the network as floats out."""
    numbers = range(len(OUTPUTS))
    ranges = " ".join(f"ranges: {{ begin: {i} end: {i + 1} }}" for i in numbers)
    parts = " ".join(f'output_stream: "part_{i}"' for i in numbers)
    floats = "\n".join(
        f'output_stream: "{name}"\n'
        f'node {{ calculator: "TensorsToFloatsCalculator" input_stream: "TENSORS:part_{i}" '
        f'output_stream: "FLOATS:{name}" }}'
        for i, name in enumerate(OUTPUTS)
    )
    return f"""
        input_stream: "picture"
        node {{ calculator: "ImageToTensorCalculator" input_stream: "IMAGE:picture" output_stream: "TENSORS:tensor"
          options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{ output_tensor_width: 192
            output_tensor_height: 192 output_tensor_float_range {{ min: 0.0 max: 1.0 }} gpu_origin: TOP_LEFT }} }} }}
        node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:resolver" }}
        node {{ calculator: "InferenceCalculator" input_side_packet: "OP_RESOLVER:resolver"
          input_stream: "TENSORS:tensor" output_stream: "TENSORS:outputs"
          options {{ [mediapipe.InferenceCalculatorOptions.ext] {{ model_path: "{NETWORK}"
            delegate {{ xnnpack {{ num_threads: 1 }} }} }} }} }}
        node {{ calculator: "SplitTensorVectorCalculator" input_stream: "outputs" {parts}
          options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }} }}
        {floats}
    """


def answers(pictures: Any) -> dict[str, Any]:
    """Each output for each picture."""
    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parent.parent))
    found: dict[str, list[Any]] = {name: [] for name in OUTPUTS}
    running = calculator_graph.CalculatorGraph(graph_config=graph())
    for name in OUTPUTS:
        running.observe_output_stream(name, lambda n, p: found[n].append(packet_getter.get_float_list(p)))
    running.start_run()
    for number, picture in enumerate(pictures):
        packet = packet_creator.create_image_frame(
            image_format=image_frame.ImageFormat.SRGB, data=np.ascontiguousarray(picture)
        )
        running.add_packet_to_input_stream("picture", packet.at(number * 1000))
        running.wait_until_idle()
    return {name: np.array(values, np.float32) for name, values in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pictures", type=Path)
    parser.add_argument("answers", type=Path)
    arguments = parser.parse_args()
    np.savez_compressed(arguments.answers, **answers(np.load(arguments.pictures)))


if __name__ == "__main__":
    main()
