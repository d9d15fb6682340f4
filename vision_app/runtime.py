"""ONNX Runtime sessions: providers, threads, warm-up. The only module that imports onnxruntime."""

from __future__ import annotations

import importlib
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app import limits
from vision_app.cancelling import Cancellation, CancelledError, current, in_main_thread, interruptible
from vision_app.errors import ModelError, disk_reason
from vision_app.messages import Message

_INSTALL = Message(
    "ONNX Runtime is not installed: pip install 'vision-app[cpu]', or 'vision-app[gpu]' for an NVIDIA GPU"
)

PROVIDER_NAMES = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "dml": "DmlExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
}
"""Short names of providers; any name that ONNX Runtime knows is understood as well."""

SHORT_NAMES = {full: short for short, full in PROVIDER_NAMES.items() if short != "dml"}
"""ONNX Runtime's own name of a provider to its short one."""

_SPELLING = {
    "cpu": "CPU",
    "cuda": "CUDA",
    "tensorrt": "TensorRT",
    "coreml": "Core ML",
    "directml": "DirectML",
    "openvino": "OpenVINO",
    "rocm": "ROCm",
    "migraphx": "MIGraphX",
}


def short_provider(provider: str) -> str:
    """The name of a provider as people say it.

    >>> short_provider("CUDAExecutionProvider"), short_provider("cpu"), short_provider("XyzExecutionProvider")
    ('CUDA', 'CPU', 'Xyz')
    """
    name = SHORT_NAMES.get(provider, provider)
    return _SPELLING.get(name, name.removesuffix("ExecutionProvider"))


# Best first. TensorRT is left out: it builds an engine for minutes at the first start, so it must be asked for.
_AUTO_ORDER = (
    "CUDAExecutionProvider",
    "ROCMExecutionProvider",
    "CoreMLExecutionProvider",
    "DmlExecutionProvider",
    "CPUExecutionProvider",
)

_PROVIDER_OPTIONS: dict[str, dict[str, str]] = {
    # the default EXHAUSTIVE search tries every algorithm at each new input size: seconds of stall
    "CUDAExecutionProvider": {"cudnn_conv_algo_search": "HEURISTIC"},
}

_CPU = "CPUExecutionProvider"

# it rounds float weights behind a DequantizeLinear to 8 bits with one scale for all channels: a layer that was left in
# float because it does not bear 8 bits gets worse ones than it would have had
_NOT_WANTED = ["WeightBiasQuantization"]
_FEWEST_CORES = 2

_BOUND_DEVICES = {"CUDAExecutionProvider": "cuda", "TensorrtExecutionProvider": "cuda"}

_GET_PROVIDER = {
    "CUDAExecutionProvider": (
        Message(
            "it needs an NVIDIA GPU with its driver and the package onnxruntime-gpu: "
            "pip uninstall onnxruntime, then pip install 'vision-app[gpu]'"
        )
    ),
    "TensorrtExecutionProvider": Message("it needs onnxruntime-gpu and NVIDIA TensorRT"),
    "DmlExecutionProvider": Message("it needs Windows and the package onnxruntime-directml"),
    "CoreMLExecutionProvider": Message("it needs macOS"),
    "OpenVINOExecutionProvider": (
        Message(
            "it needs an x86-64 processor and the package onnxruntime-openvino: "
            "pip uninstall onnxruntime, then pip install 'vision-app[openvino]'"
        )
    ),
}

_NUMPY_TYPES: dict[str, np.dtype[Any]] = {
    "tensor(float)": np.dtype(np.float32),
    "tensor(float16)": np.dtype(np.float16),
    "tensor(double)": np.dtype(np.float64),
    "tensor(uint8)": np.dtype(np.uint8),
    "tensor(int64)": np.dtype(np.int64),
    "tensor(int32)": np.dtype(np.int32),
    "tensor(bool)": np.dtype(np.bool_),
}
PICTURE_TYPES = ("tensor(float)", "tensor(float16)", "tensor(double)", "tensor(uint8)")
"""Types that a picture can have."""

Tensors = Mapping[str, NDArray[Any]]
"""Tensors by the names that the file gives them."""


@lru_cache(maxsize=1)
def _ort() -> ModuleType:
    # from 1.29 on it reports models and a number of this machine to its makers unless it is told not to, before
    # it is imported; see Privacy.md in its package
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    try:
        onnxruntime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ModelError("{install} ({error})", install=_INSTALL, error=error) from error
    onnxruntime.set_default_logger_severity(4)  # what goes wrong is raised; chatter would break the one line
    if (
        hasattr(onnxruntime, "preload_dlls")
        and "CUDAExecutionProvider" in onnxruntime.get_available_providers()
    ):
        onnxruntime.preload_dlls()  # finds CUDA and cuDNN inside the Python packages
    return onnxruntime


def version() -> str:
    """Version of ONNX Runtime.

    Raises:
        ModelError: it is not installed.
    """
    return str(_ort().__version__)


def installed_packages() -> tuple[str, ...]:
    """Names of the installed distributions that provide the module `onnxruntime`: there must be one."""
    known = ("onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "onnxruntime-openvino")
    found = []
    for name in known:
        try:
            metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
        found.append(name)
    return tuple(found)


def available_providers() -> tuple[str, ...]:
    """Providers that the installed ONNX Runtime was built with. That proves nothing about the machine."""
    return tuple(_ort().get_available_providers())


def resolve_provider(wanted: str) -> tuple[str, ...]:
    """The providers to ask a session for, best first.

    Args:
        wanted: `auto`, a short name, or ONNX Runtime's own name.

    Raises:
        ModelError: an explicit provider is unknown or not built in; says how to get it.
    """
    built_in = available_providers()
    if wanted == "auto":
        return tuple(p for p in _AUTO_ORDER if p in built_in) or built_in
    full = PROVIDER_NAMES.get(wanted.lower(), wanted)
    every = {p.lower(): p for p in (*_ort().get_all_providers(), *built_in)}
    if full.lower() not in every:
        raise ModelError(
            "provider '{wanted}' is not one that ONNX Runtime knows; take auto, {provider_names} or "
            "one of its own names",
            wanted=wanted,
            provider_names=", ".join(PROVIDER_NAMES),
        )
    full = every[full.lower()]
    if full not in built_in:
        raise ModelError(
            "provider '{wanted}' cannot be had: the installed ONNX Runtime {version} ({listed}) was "
            "built without it; {advice}",
            wanted=wanted,
            version=version(),
            listed=", ".join(installed_packages()) or Message("unknown package"),
            advice=_GET_PROVIDER.get(full, Message("install a build of ONNX Runtime that has it")),
        )
    return (full,)


@dataclass(frozen=True, slots=True)
class ThreadPolicy:
    """How many threads one `run` uses, and whether they spin while they wait.

    Attributes:
        intra_op: threads inside one `run`; 0 for all cores.
        spinning: idle threads burn their core to start faster.
        at_once: how many `run` there will be at the same time, for providers that must know.
    """

    intra_op: int = 0
    spinning: bool = False
    at_once: int = 1

    @staticmethod
    def for_files(frames_in_flight: int) -> ThreadPolicy:
        """One thread a frame when several frames are in flight: no two runs fight for a core."""
        return ThreadPolicy(intra_op=1 if frames_in_flight > 1 else 0, at_once=frames_in_flight)

    @staticmethod
    def for_live() -> ThreadPolicy:
        """All cores but one, which grabs and draws."""
        return ThreadPolicy(intra_op=max(1, cpu_count() - 1))


def cpu_count() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class TensorSpec:
    """Name, type and shape of an input or output; a free dimension is None."""

    name: str
    dtype: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        return f"{self.name} {self.dtype} [{', '.join('?' if d is None else str(d) for d in self.shape)}]"


class Session:
    """An ONNX model, loaded. `run` may be called from many threads at once.

    Args:
        path: the .onnx file.
        provider: `auto`, a short name or ONNX Runtime's own name.
        threads: thread policy of the CPU provider.
        content: a model made of that file in memory, which is loaded in its place; it has no file of its own.

    Raises:
        ModelError: the file is not a usable ONNX model, or the provider cannot be had.
    """

    def __init__(
        self,
        path: Path,
        provider: str = "auto",
        threads: ThreadPolicy | None = None,
        content: bytes | None = None,
    ) -> None:
        ort = _ort()
        self.path = path
        asked = resolve_provider(provider)
        if content is None:
            check_is_onnx(path)
        self._made_under = current()
        started = time.perf_counter()
        policy = threads or ThreadPolicy()
        if in_main_thread():
            self._session = interruptible(lambda: _create(ort, path, asked, policy, content))
        else:
            self._session = _create(ort, path, asked, policy, content)
        self.load_s = time.perf_counter() - started
        self.provider: str = self._session.get_providers()[0]
        if provider != "auto" and self.provider != asked[0]:
            raise ModelError(
                "provider '{provider}' cannot be had: ONNX Runtime fell back to {own_provider}; {advice}",
                provider=provider,
                own_provider=self.provider,
                advice=_GET_PROVIDER.get(asked[0], Message("see its log")),
            )
        self.fell_back_from: str | None = asked[0] if self.provider != asked[0] else None
        self.inputs, self.outputs, self._metadata = _facts(self._session, path)
        self._output_names = tuple(o.name for o in self.outputs)
        self._types = {i.name: _NUMPY_TYPES[i.dtype] for i in self.inputs if i.dtype in _NUMPY_TYPES}
        # inputs go through a buffer on this device; None where the provider takes arrays as they are
        self._device = _BOUND_DEVICES.get(self.provider)
        self._bindings = threading.local()
        self._has_run = False

    @property
    def metadata(self) -> Mapping[str, str]:
        """The metadata entries of the file."""
        return self._metadata

    def run(self, feeds: Tensors, wanted: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """Run the model.

        Args:
            feeds: the value of each input by its name; converted to the type that the model takes.
            wanted: names of the outputs; None for all. ONNX Runtime computes the others too.

        Returns:
            The outputs by name, in the order in which they were wanted; half precision is widened to float32.

        Raises:
            ModelError: an input or output is not one of the file's, or ONNX Runtime failed; the message is its
                first line.
            CancelledError: it was called off, here or in the scope in which the session was made.
        """
        names = self._output_names if wanted is None else tuple(wanted)
        self._check_feeds(feeds)
        arrays = {name: np.ascontiguousarray(a, dtype=self._type_of(name)) for name, a in feeds.items()}
        options = _ort().RunOptions()
        if not self._has_run and self.provider == _CPU:
            # what models of before have left of the arena that all share goes back to the system
            self._has_run = True
            options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        try:
            if in_main_thread():  # where no Ctrl-C would be heard while it runs
                outputs = interruptible(lambda: self._run(arrays, names, options))
            else:
                outputs = self._run(arrays, names, options)
        except CancelledError:
            raise
        except Exception as error:  # ONNX Runtime raises many types of its own
            if options.terminate:
                raise CancelledError("{name}: stopped before it was done", name=self.path.name) from None
            if over := _over_limit(error):
                raise ModelError("{name}: {over}", name=self.path.name, over=over) from error
            if _is_out_of_memory(error):
                raise ModelError(
                    "{name}: needs more memory than there is on {provider}; close other programs, or take a smaller "
                    "model: {reason}",
                    name=self.path.name,
                    provider=self.provider,
                    reason=first_line(error),
                ) from error
            raise ModelError(
                "{name}: the model failed to run; try another provider, or export it again: {reason}",
                name=self.path.name,
                reason=first_line(error),
            ) from error
        return {
            name: o.astype(np.float32) if getattr(o, "dtype", None) == np.float16 else o
            for name, o in zip(names, outputs, strict=True)
        }

    def _check_feeds(self, feeds: Tensors) -> None:
        """Refuse inputs that are larger than the limit before they are copied; a broadcast one has no size yet."""
        for name, array in feeds.items():
            wanted = array.size * self._type_of(name).itemsize
            if wanted > memory_limit():
                raise ModelError(
                    "{path_name}: its input '{name}' of {shape} values needs more memory than models may "
                    "work in, in bytes a core: {raised}",
                    path_name=self.path.name,
                    name=name,
                    shape=" x ".join(map(str, array.shape)),
                    raised=_raised(wanted),
                )

    def _run(
        self, arrays: dict[str, NDArray[Any]], names: tuple[str, ...], options: Any
    ) -> list[NDArray[Any]]:
        with _obeying(options, self._made_under, current()):
            if self._device:
                return self._run_bound(arrays, names, options)
            return self._session.run(names, arrays, options)  # type: ignore[no-any-return]

    def run_single(self, tensor: NDArray[Any]) -> NDArray[Any]:
        """Run a model that is known to have one input and one output; of others the first of each.

        Args:
            tensor: the value of the input.

        Raises:
            ModelError: as `run`.
        """
        name = self._output_names[0]
        return self.run({self.inputs[0].name: tensor}, (name,))[name]

    def _type_of(self, name: str) -> np.dtype[Any]:
        """NumPy type of an input."""
        if name in self._types:
            return self._types[name]
        listed = ", ".join(str(i) for i in self.inputs)
        raise ModelError(
            "{path_name}: has no input '{name}' of numbers; its inputs are {listed}",
            path_name=self.path.name,
            name=name,
            listed=listed,
        )

    def _run_bound(
        self, arrays: dict[str, NDArray[Any]], names: tuple[str, ...], options: Any
    ) -> list[NDArray[Any]]:
        """Through an io-binding with device buffers of this thread's own, made once for each set of shapes."""
        cache = getattr(self._bindings, "cache", None)
        if cache is None:
            cache = self._bindings.cache = {}
        key = (names, *((name, a.shape) for name, a in arrays.items()))
        entry = cache.get(key)
        if entry is None:
            ort = _ort()
            binding = self._session.io_binding()
            values = {}
            for name, array in arrays.items():
                values[name] = ort.OrtValue.ortvalue_from_numpy(array, self._device, 0)
                binding.bind_ortvalue_input(name, values[name])
            for name in names:
                binding.bind_output(name, "cpu")
            cache.clear()
            entry = cache[key] = (binding, values)
        binding, values = entry
        for name, array in arrays.items():
            values[name].update_inplace(array)
        self._session.run_with_iobinding(binding, options)
        outputs: list[NDArray[Any]] = binding.copy_outputs_to_cpu()
        return outputs


def _facts(
    session: Any, path: Path
) -> tuple[tuple[TensorSpec, ...], tuple[TensorSpec, ...], Mapping[str, str]]:
    """Inputs, outputs and metadata entries of a model. Outputs that are no tensors are left out: nobody reads them.

    Raises:
        ModelError: a text in it is none, or no output is a tensor.
    """
    try:
        inputs = tuple(_spec(i) for i in session.get_inputs())
        outputs = tuple(_spec(o) for o in session.get_outputs())
        metadata: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ModelError(
            "{path}: a name or a metadata entry in it is not text in UTF-8 ({reason}); export it again",
            path=path,
            reason=error.reason,
        ) from None
    if not inputs or not outputs:
        raise ModelError(
            "{path}: not a vision model: it has no {more}", path=path, more="outputs" if inputs else "inputs"
        )
    tensors = tuple(o for o in outputs if o.dtype.startswith("tensor("))
    if not tensors:
        raise ModelError(
            "{path}: not a vision model: its output {name} is no tensor but a {dtype}",
            path=path,
            name=outputs[0].name,
            dtype=outputs[0].dtype,
        )
    return inputs, tensors, metadata


@contextmanager
def _obeying(options: Any, *cancellations: Cancellation | None) -> Iterator[None]:
    """While the block runs, each of the cancellations ends the run with these options."""

    def stop() -> None:
        options.terminate = True

    with ExitStack() as stack:
        for cancellation in {c for c in cancellations if c is not None}:
            cancellation.check()
            stack.enter_context(cancellation.calling(stop))
        yield


def _spec(node: Any) -> TensorSpec:
    shape = tuple(d if isinstance(d, int) and d >= 0 else None for d in node.shape or ())
    return TensorSpec(node.name, node.type, shape)


def _create(
    ort: ModuleType,
    path: Path,
    providers: tuple[str, ...],
    threads: ThreadPolicy,
    content: bytes | None = None,
) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads.intra_op
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    spin = "1" if threads.spinning else "0"
    options.add_session_config_entry("session.intra_op.allow_spinning", spin)
    options.add_session_config_entry("session.inter_op.allow_spinning", spin)
    asked = [(p, _options(p, threads)) for p in providers]
    if providers == (_CPU,):
        _limit_memory(memory_limit())
        options.add_session_config_entry("session.use_env_allocators", "1")
        options.add_session_config_entry("session.use_device_allocator_for_initializers", "1")
    cancellation = current() or Cancellation()
    cancellation.check()
    try:
        with cancellation.calling(lambda: options.set_load_cancellation_flag(True)):
            model = str(path) if content is None else content
            return ort.InferenceSession(model, options, providers=asked, disabled_optimizers=_NOT_WANTED)
    except Exception as error:  # ONNX Runtime raises many types of its own
        if cancellation.cancelled:
            raise CancelledError("{name}: stopped before it was loaded", name=path.name) from None
        raise ModelError(_explain_load_failure(path, error)) from error


def memory_limit() -> int:
    """Bytes that all models of this process may work in on the CPU, by the limit `model-memory`."""
    return limits.current().model_memory * max(_FEWEST_CORES, cpu_count())


@lru_cache(maxsize=1)
def _limit_memory(most_bytes: int) -> None:
    """Give the models of this process one arena that grows to so much; what the first model finds holds for all."""
    ort = _ort()
    where = ort.OrtMemoryInfo("Cpu", ort.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, ort.OrtMemType.DEFAULT)
    how = {
        "max_mem": most_bytes,
        "arena_extend_strategy": 1,
        "initial_chunk_size_bytes": -1,
        "max_dead_bytes_per_chunk": -1,
    }
    ort.create_and_register_allocator(where, ort.OrtArenaCfg(how))


_ARENA_FULL = re.compile(r"Available memory of (\d+) is smaller than requested bytes of (\d+)")


def _over_limit(error: Exception) -> str | None:
    """What to say of a model that wants more memory than models may have; None when it is something else."""
    found = _ARENA_FULL.search(str(error))
    if found is None:
        return None
    return Message(
        "needs more memory than models may work in, in bytes a core: {raised}",
        raised=_raised(memory_limit() + int(found[2])),
    )


def _raised(wanted: int) -> str:
    per_core = -(-wanted // max(_FEWEST_CORES, cpu_count()))
    return limits.excess("model-memory", max(per_core, limits.current().model_memory + 1)) or ""


def _options(provider: str, threads: ThreadPolicy) -> dict[str, str]:
    if provider != "OpenVINOExecutionProvider":
        return _PROVIDER_OPTIONS.get(provider, {})
    # it has threads of its own: unless told, eight of them, and it runs one input after the other
    return {
        "device_type": "CPU",
        "num_of_threads": str((threads.intra_op or cpu_count()) * threads.at_once),
        "num_streams": str(threads.at_once),
    }


def _explain_load_failure(path: Path, error: Exception) -> str:
    text = first_line(error)
    lowered = str(error).lower()
    if "external data" in lowered or "external_data" in lowered or "escapes" in lowered:
        return Message(
            "{path}: its weights are in a separate file that is missing or outside its folder; put that file "
            "beside the model: {text}",
            path=path,
            text=text,
        )
    if "opset" in lowered or "ir version" in lowered or "ir_version" in lowered:
        return Message(
            "{path}: made for a newer ONNX version than ONNX Runtime {version} reads; update "
            "onnxruntime or export with a lower opset: {text}",
            path=path,
            version=version(),
            text=text,
        )
    if "not a registered function/op" in lowered or "is not a registered" in lowered:
        return Message(
            "{path}: uses an operator that ONNX Runtime {version} does not have; update onnxruntime or export with "
            "standard operators: {text}",
            path=path,
            version=version(),
            text=text,
        )
    if _is_out_of_memory(error):
        return Message(
            "{path}: does not fit into the memory of this machine; close other programs, or take a smaller model: "
            "{text}",
            path=path,
            text=text,
        )
    if over := _over_limit(error):
        return Message("{path}: {over}", path=path, over=over)
    return Message(
        "{path}: not a usable ONNX model, perhaps truncated or damaged; get the file again or export it "
        "anew: {text}",
        path=path,
        text=text,
    )


def _is_out_of_memory(error: Exception) -> bool:
    text = str(error).lower()
    signs = ("bad_alloc", "bad allocation", "allocate memory", "out of memory")
    return isinstance(error, MemoryError) or any(sign in text for sign in signs)


_MAGIC = {
    b"PK\x03\x04": Message("a zip archive (or a PyTorch checkpoint)"),
    b"\x80\x02": Message("a Python pickle"),
    b"\x80\x03": Message("a Python pickle"),
    b"\x80\x04": Message("a Python pickle"),
    b"\x80\x05": Message("a Python pickle"),
    b"\x89HDF": Message("an HDF5 (Keras) file"),
    b"\x1f\x8b": Message("a gzip archive"),
    b"GGUF": Message("a GGUF file"),
    b"vers": Message("a Git LFS pointer, not the file itself"),
    b"<htm": Message("a web page"),
    b"<!DO": Message("a web page"),
}


def check_is_onnx(path: Path) -> None:
    """Refuse what is plainly something else before ONNX Runtime sees it.

    Raises:
        ModelError: the file is missing, empty, or of another format; says which.
    """
    if path.is_dir():
        raise ModelError("{path}: expected an .onnx file, this is a folder", path=path)
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise ModelError("{path}: cannot be read: {reason}", path=path, reason=disk_reason(error)) from error
    if not head:
        raise ModelError("{path}: expected an ONNX model, the file is empty", path=path)
    for magic, what in _MAGIC.items():
        if head.startswith(magic):
            raise ModelError(
                "{path}: expected an ONNX model, this is {what}; export it to ONNX first",
                path=path,
                what=what,
            )


# "/onnxruntime_src/onnxruntime/core/x.cc:360 void* onnxruntime::X::Y(size_t, bool) the message itself"
_CPP_PLACE = re.compile(
    r"(?:Load model from .*? failed:\s*)?"
    r"(?:/onnxruntime_src/\S+ |\b\w+\.(?:cc|h):\d+ )(?:[^()]*\((?:[^()]|\([^()]*\))*\)(?: const)? )?"
)


def first_line(error: BaseException) -> str:
    """The first line of an error's text without ONNX Runtime's prefixes and places in its source.

    >>> first_line(ValueError("[ONNXRuntimeError] : 1 : FAIL : /onnxruntime_src/a/b.cc:3 void X::F(int) too big"))
    'too big'
    """
    text = str(error).strip().splitlines()
    line = text[0] if text else type(error).__name__
    marker = " : "
    if line.startswith("[ONNXRuntimeError]") and line.count(marker) >= 3:
        line = line.split(marker, 3)[3]
    line = _CPP_PLACE.sub("", line)
    return line if len(line) <= 300 else line[:297] + "..."
