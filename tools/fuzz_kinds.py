# ruff: noqa: E501
"""The kinds of files that strangers send: for each an example, how it is damaged, and who reads it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fuzz_pictures import pictures, read_picture


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file.

    Attributes:
        name: what it is called.
        mutate: makes a damaged one.
        read: reads one in an empty folder, as the program does; raises a `VisionError` to refuse it.
    """

    name: str
    mutate: Callable[[random.Random], bytes]
    read: Callable[[bytes, Path], object]


_HOSTILE = (
    "9" * 400, "-" + "9" * 25, "1e999", "-1e999", "NaN", "Infinity", "inf", "nan", "0", "-1", "1e-320", "0.1", "true",
    "null", "{}", "[]", "[[]]", '""', '"\\u0000"', '"\\ud800"', '"\\u001b[2J"', '"' + "x" * 5000 + '"', "[" * 200,
    '{"a":' * 60 + "1" + "}" * 60, "a." * 300 + "a", '"../../../etc/passwd"', '"http://["', "1979-05-27", "'''", '"""',
    "65536", "2147483648", "9223372036854775807", "1_000", "0x" + "f" * 40, '"~nouser/x"', '"coco-80"', "[1, 2]",
)  # fmt: skip
_BYTES = (
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"\x1b[31m",
    b"\n",
    b"\r",
    b"{",
    b"}",
    b"[",
    b'"',
    b"\\",
    b",",
)
_VALUE = re.compile(r"""("(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)""")


def mutated_text(chance: random.Random, text: str) -> bytes:
    """A text with some of its values or bytes changed."""
    data = text.encode()
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        way = chance.randrange(8)
        if way < 4:
            data = _other_value(chance, data)
        elif way == 4:
            at = chance.randrange(len(data) + 1)
            data = data[:at] + chance.choice(_BYTES) * chance.choice((1, 1, 40)) + data[at:]
        elif way == 5:
            data = data[: chance.randrange(len(data) + 1)]
        else:
            a, b = sorted(chance.randrange(len(data) + 1) for _ in range(2))
            data = data[:b] + data[a:b] + data[b:] if way == 6 else data[:a] + data[b:]
    return data


def _other_value(chance: random.Random, data: bytes) -> bytes:
    text = data.decode("utf-8", "surrogateescape")
    found = list(_VALUE.finditer(text))
    if not found:
        return data
    one = chance.choice(found)
    return (text[: one.start()] + chance.choice(_HOSTILE) + text[one.end() :]).encode(
        "utf-8", "surrogateescape"
    )


def mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    """Bytes with some of them changed, taken out or said twice."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = chance.randrange(len(changed))
        way = chance.randrange(5)
        if way < 2:
            changed[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif way == 2:
            del changed[at : at + chance.choice((1, 4, 100))]
        elif way == 3:
            changed[at:at] = changed[at : at + chance.choice((1, 4, 100))]
        else:
            del changed[at:]
    return bytes(changed)


def _text_kind(name: str, examples: Sequence[str], read: Callable[[bytes, Path], object]) -> Kind:
    return Kind(name, lambda chance: mutated_text(chance, chance.choice(examples)), read)


# -- cards and models ----------------------------------------------------------------------------------------

_CARD = json.dumps(
    {
        "schema": 1, "name": "m", "title": "M", "task": "detect", "family": "YOLO", "licence": "Apache-2.0", "year": 2024,
        "input": {"size_hw": [32, 32], "layout": "NCHW", "colour": "RGB", "scale": 0.0039, "mean": [0, 0, 0],
                  "std": [1, 1, 1], "resize": "squash", "interpolation": "bilinear", "antialias": False,
                  "crop_pct": 0.9, "pad": 114, "stride": 32},
        "output": {"layout": "yolo-v8", "activation": "none", "conf": 0.25, "iou": 0.7},
        "labels": ["a", "b", "c"],
        "download": {"url": "https://example.com/m.onnx", "bytes": 1000, "sha256": "0" * 64},
        "published": {"source": "paper", "ap": 37.3, "params": 2.6e6, "depth": 20},
        "keypoints": {"names": ["a", "b"], "limbs": [[0, 1]]}, "notes": "", "extra": {"weights": {"bytes": 5, "sha256": "0"}},
    }
)  # fmt: skip


def _read_card(data: bytes, folder: Path) -> object:
    from vision_app.cards.card import card_as_json, load_card, parse_card_text
    from vision_app.cards.lookup import CatalogueEntry, known_weights

    path = folder / "m.json"
    path.write_bytes(data)
    card = load_card(path)
    known_weights(card)
    json.dumps(CatalogueEntry("m", card, None).as_record()).encode()
    return parse_card_text(card_as_json(card), "again")


@lru_cache
def _model() -> bytes:
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [
            helper.make_node("AveragePool", ["x"], ["p"], kernel_shape=[8, 8], strides=[8, 8]),
            helper.make_node("Flatten", ["p"], ["f"]),
            helper.make_node("Gemm", ["f", "w"], ["g"]),
            helper.make_node("Reshape", ["g", "s"], ["y"]),
        ],
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 32, 32])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 7, 21])],
        [
            helper.make_tensor("w", TensorProto.FLOAT, [48, 147], [0.01] * (48 * 147)),
            helper.make_tensor("s", TensorProto.INT64, [3], [1, 7, 21]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


_METADATA = {
    "names": "{0: 'a', 1: 'b', 2: 'c'}", "task": "detect", "stride": "32", "imgsz": "[32, 32]", "license": "MIT",
    "description": "YOLO11n", "end2end": "False", "args": "{'nms': False}", "kpt_shape": "[17, 3]", "head": "Detect",
    "kpt_names": "{0: ['a']}", "docs": "https://example.com",
}  # fmt: skip
_LITERALS = (
    "[" * 300, "{[]: 1}", "{1: 'a', 'b': 'c'}", "float('inf')", "1e999", "-1e999", "[1e999, 'x']", "None", "True", "[]",
    "{}", "()", "'x'", "9" * 400, "0x" + "f" * 6000, "[25000, 25000]", "10**9", "1000000000", "-5", "[0, 0]", "(1, 2, 3)",
    "{0: None}", "{0: 'a'}", "['a', 'b', 'c']", "{False: 'a', True: 'b', 2: 'c'}", "{0: 10}", "{0: 1j}", "'\\ud800'",
    "{0: '\\ud800', 1: '\\x00', 2: '\\x1b[2J'}", "segment", "pose", "classify", "obb", "detect", "nan", "2.5", "b'x'", "...",
    "{**{}}", "[*[]]", "lambda: 1", "1+" * 2000 + "1", "", " ", "\n", "[[17, 3]]", "[17, 2]", "[-1, 3]", "{0: [[]]}",
)  # fmt: skip


def _mutated_model(chance: random.Random) -> bytes:
    import onnx

    if chance.random() < 0.4:
        return mutated_bytes(chance, _model())
    model = onnx.load_from_string(_model())
    entries = dict(_METADATA) if chance.random() < 0.7 else {"vision_app.card": ""}
    if "vision_app.card" in entries:
        card = mutated_text(chance, _CARD)
        entries["vision_app.card"] = card.decode("utf-8", "replace")
    else:
        for name in chance.sample(sorted(entries), chance.randrange(1, 4)):
            entries[name] = chance.choice(_LITERALS)
    for name, value in entries.items():
        model.metadata_props.add(key=name, value=value.encode("utf-8", "replace").decode())
    if chance.random() < 0.3:
        dims = chance.choice((model.graph.input, model.graph.output))[0].type.tensor_type.shape.dim
        dim = chance.choice(list(dims))
        dim.Clear()
        if chance.random() < 0.5:
            dim.dim_value = chance.choice((0, 1, 2, 3, 64, 25_000, 2**31, 2**62))
    return bytes(model.SerializeToString())


def _read_model(data: bytes, folder: Path) -> object:
    from vision_app.cancelling import Cancellation, interruptible
    from vision_app.cards.lookup import find_model
    from vision_app.engine.predictors import LoadedModel
    from vision_app.graph import inspect

    path = folder / "m.onnx"
    path.write_bytes(data)
    inspect(path)
    cancellation = Cancellation()
    import threading

    timer = threading.Timer(15, cancellation.cancel)
    timer.start()
    try:
        with cancellation.scope():
            interruptible(lambda: LoadedModel(find_model(str(path)), provider="cpu").warm_up((64, 48)))
    finally:
        timer.cancel()
    return None


# -- settings ------------------------------------------------------------------------------------------------

_CONFIG = (
    'source = "clip.mp4"\nmodel = ["yolox-nano"]\nconf = 0.3\niou = 0.5\nmax_det = 100\nclasses = ["person"]\n'
    'agnostic = true\ntop_k = 3\nsliced = false\nstart = 1.5\nend = "0:30"\nevery = 2\nsize = "1280x720"\nfps = 30\n'
    'policy = "auto"\nworkers = 2\nsave = "a.mp4"\nquiet = true\n'
)
_KIOSK = (
    'languages = ["en", "ko"]\nsource = "0"\nsize = "1280x720"\nfps = 30\nfallback = "demo"\nmirror = true\nrotate = 0\n'
    'idle_s = 30\npin = ""\nmax_memory_mb = 1500\n[privacy]\nblur = "off"\n[attract]\ntitle = { en = "Come", ko = "오세요" }\n'
    'picture = "live"\n[[station]]\ntitle = "Things"\nseconds = 45\nmodels = [{ name = "yolox-nano", conf = 0.4 }, "b"]\n'
    '[[station]]\ntitle = "More"\nmodels = "efficientnet-lite0"\nshade = 0.5\n'
)


def _read_config(data: bytes, folder: Path) -> object:
    from vision_app.headless.settings import load_settings

    path = folder / "config.toml"
    path.write_bytes(data)
    return load_settings({}, path, {})


def _read_kiosk(data: bytes, folder: Path) -> object:
    from vision_app.kiosk.programme import load_programme

    path = folder / "kiosk.toml"
    path.write_bytes(data)
    return load_programme(path)


_DESKTOP = json.dumps(
    {
        "version": 1, "language": "ko", "scheme": "dark", "geometry": "AAAA", "layout": "AAAA", "text_scale": 1.5,
        "source": {"spec": "0", "size_wh": [640, 480], "fps": 30, "mirror": True, "rotate_deg": 90, "loop": False},
        "recent": ["a.mp4"], "models": [{"reference": "yolox-nano", "options": {"conf": 0.3, "max_det": 10}}],
        "draw": True, "welcome": False, "picture_format": "jpg",
    }
)  # fmt: skip
_SOURCES = json.dumps(
    {"version": 1, "sources": {"cam": {"mirror": True, "rotate_deg": 90, "size_wh": [640, 480], "fps": 30.0,
                                       "modes": [[640, 480, 30.0], [320, 240, None]], "loop": None}}}
)  # fmt: skip
_LATENCY = json.dumps(
    {"version": 1, "machines": {"here": {"m": {"CPUExecutionProvider": {"p50_ms": 10, "p95_ms": 12.5, "day": "2026-01-01"}}}}}
)  # fmt: skip


def _read_desktop(data: bytes, folder: Path) -> object:
    from vision_app.gui.settings_file import as_json, read_values

    path = folder / "desktop.json"
    path.write_bytes(data)
    values, wrong = read_values(path)
    assert "\n" not in wrong
    return as_json(values).encode()


def _read_sources(data: bytes, folder: Path) -> object:
    from vision_app.gui.sources.memory import SourceMemory

    path = folder / "sources.json"
    path.write_bytes(data)
    memory = SourceMemory(path)
    memory.load()
    memory.change("cam", mirror=False)
    memory.save()
    return memory.of("cam")


def _read_latency(data: bytes, folder: Path) -> object:
    from vision_app.live.latency import LatencyStore

    path = folder / "latency.json"
    path.write_bytes(data)
    store = LatencyStore(path, "here")
    store.load()
    store.record("m", "CPUExecutionProvider", 11.0, 13.0)
    store.save()
    return store.best("m")


def _read_pin(data: bytes, folder: Path) -> object:
    from vision_app.kiosk.pin import PinGate

    path = folder / "pin.json"
    path.write_bytes(data)
    gate = PinGate("", path, lambda: 1_800_000_000.0)
    assert 0 <= gate.wait_s() <= 1000
    return gate.try_pin("1234")


# -- samples, training, messages -----------------------------------------------------------------------------

_ADD = {
    "op": "add", "id": "20261128-130115-246", "file": "20261128-130115-246.jpg", "class": "cat", "session": "s",
    "time": "2026-11-28T13:01:15.246Z", "source": "cam", "width": 64, "height": 48, "origin": "import", "original": "a.jpg",
    "crop": {"kind": "box", "xyxy": [0, 0, 10, 10]}, "sha256": "0" * 64, "fingerprint": "0f", "split": "train",
}  # fmt: skip
_MANIFEST = (
    '{"format": "vision-app-samples", "version": 1, "created": "2026-11-28T13:01:15.194Z"}\n'
    '{"op": "class", "label": "cat", "folder": "cat"}\n{"op": "class", "label": "dog", "folder": "dog"}\n'
    + json.dumps(_ADD) + "\n"
    '{"op": "relabel", "ids": ["20261128-130115-246"], "to": "dog"}\n{"op": "undo", "n": 1}\n'
    '{"op": "rename", "from": "cat", "to": "tiger", "folder": "tiger"}\n{"op": "background", "class": "dog"}\n'
    '{"op": "merge", "from": "tiger", "into": "dog"}\n{"op": "delete", "ids": ["20261128-130115-246"]}\n'
)  # fmt: skip


def _read_manifest(data: bytes, folder: Path) -> object:
    from vision_app.errors import SampleError
    from vision_app.samples.dataset import open_samples
    from vision_app.samples.store import SampleStore

    (folder / "manifest.jsonl").write_bytes(data)
    SampleStore.open(folder, writable=False)
    with SampleStore.open(folder) as store:
        assert store.writable
    with suppress(SampleError):  # there are no pictures
        open_samples(folder)
    return None


def _read_classes(data: bytes, folder: Path) -> object:
    from vision_app.samples.dataset import parse_classes_file

    return parse_classes_file(data).as_bytes()


def _read_training(data: bytes, folder: Path) -> object:
    from vision_app.learn.matching import choose, training_summary
    from vision_app.learn.producing import TRAINING_KEY
    from vision_app.samples.dataset import SampleSet
    from vision_app.samples.sample import Sample

    training = training_summary({TRAINING_KEY: data.decode("utf-8", "surrogateescape")})
    sample = Sample("a", folder / "a.jpg", "cat", "s", "1" * 64)
    return choose(SampleSet(folder, "folder", ("cat",), (sample,)), "held-out", training)


def _read_labels(data: bytes, folder: Path) -> object:
    from vision_app.cards.overrides import read_labels

    path = folder / "labels.txt"
    path.write_bytes(data)
    return read_labels(str(path))


def _read_set(data: bytes, folder: Path) -> object:
    from vision_app.cards.card import parse_card_text
    from vision_app.cards.overrides import parse_settings, with_settings

    texts = data.decode("utf-8", "surrogateescape").split("\n")
    return with_settings(parse_card_text(_CARD, "card"), parse_settings(texts), "card")


def _read_message(data: bytes, folder: Path) -> object:
    from vision_app.gui.instance import parse_wish

    return parse_wish(data)


def _read_shown(data: bytes, folder: Path) -> object:
    from vision_app.showing import shown

    text = shown(data.decode("utf-8", "surrogateescape"))
    assert text.isprintable() or not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)
    assert "S3CRET" not in text
    return text.encode()


def _mutated_address(chance: random.Random) -> bytes:
    user = "".join(
        chance.choice(("S3CRET", "/", "?", "@", ":", " ", "%40", '"', "'", "#", "&", ",", ")"))
        for _ in range(4)
    )
    return chance.choice(
        (
            f"cannot open rtsp://joe:{user}@cam:554/live: refused",
            f"'http://cam/live?x=1&token=S3CRET&y={chance.choice(('1', '[', '%'))}' is no file",
            f"--source RTSPS://{user.replace(' ', '')}:S3CRET@[::1]/a",
        )
    ).encode()


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _text_kind("card", [_CARD], _read_card),
        Kind("model", _mutated_model, _read_model),
        _text_kind("config", [_CONFIG], _read_config),
        _text_kind("kiosk", [_KIOSK], _read_kiosk),
        _text_kind("desktop", [_DESKTOP], _read_desktop),
        _text_kind("sources", [_SOURCES], _read_sources),
        _text_kind("latency", [_LATENCY], _read_latency),
        _text_kind("pin", ['{"wrong": 4, "last_s": 1700000000.5}'], _read_pin),
        _text_kind("manifest", [_MANIFEST], _read_manifest),
        _text_kind("classes", ['{"classes": {"a": "A b", "c": "D"}, "background": "none"}'], _read_classes),
        _text_kind(
            "training", ['{"learnt_from": ["111111111111", "2"], "epochs": 3, "date": "x"}'], _read_training
        ),
        _text_kind("labels", ["cat\ndog\nbird\n", '["cat", "dog"]'], _read_labels),
        _text_kind(
            "set",
            ["input.scale=0.5\ninput.mean=0.4,0.5,0.6\noutput.conf=0.3\nlabels=[1]\nextra={}"],
            _read_set,
        ),
        _text_kind("message", ['{"source": "a.mp4", "models": ["yolox-nano"]}\n'], _read_message),
        Kind("shown", _mutated_address, _read_shown),
        Kind("picture", lambda chance: mutated_bytes(chance, chance.choice(pictures())), read_picture),
    )
}
