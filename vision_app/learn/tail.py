"""The last blocks of a network as trainable layers. With `unfreezing`, the only part of learning that needs PyTorch.

Everything of PyTorch is imported when it is first needed: nothing else of the program waits for it.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision_app.errors import ModelError, TrainingError
from vision_app.graph.blocks import SplitNetwork, with_weights
from vision_app.learn.head import Head
from vision_app.messages import Message
from vision_app.results.values import FloatArray, IntArray

INSTALL = Message("pip install 'vision-app[train]'")
_MARK_SEED = 20_240_229
_AT_ONCE = 64
_SAME = 1e-4


def require(name: str) -> ModuleType:
    """Import PyTorch or onnx2torch.

    Raises:
        TrainingError: it is not installed; names the extra.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError as error:
        raise TrainingError(
            "to unfreeze layers, PyTorch and onnx2torch are needed: {install} ({error})",
            install=INSTALL,
            error=error,
        ) from error


class Tail:
    """The tail of a split network and its head as one PyTorch module.

    Args:
        split: the network in two; its tail's input must have a shape.
        head: what follows the embedding.
        example: (1, ...) float32 activations at the cut.
        name: of the model, for messages.

    Raises:
        ModelError: the layers cannot be trained: an operator is not known, or nothing in them can change.
        TrainingError: PyTorch is not there.
    """

    def __init__(self, split: SplitNetwork, head: Head, example: FloatArray, name: str) -> None:
        self._torch = torch = require("torch")
        self._wanted = split.trainable()
        if not self._wanted:
            raise ModelError(
                "{name}: its last blocks have no weights of 32-bit floats that could be trained", name=name
            )
        self._module = _converted(split.tail, name)
        self.parameters = _parameters(self._module, split.tail, self._wanted)
        if not self.parameters:
            raise ModelError(
                "{name}: its last blocks cannot be trained: no weight of them was found again", name=name
            )
        self._module.eval()  # normalisations keep what they have counted, nothing is dropped
        self._mean = torch.from_numpy(np.asarray(head.mean, np.float32))
        self._std = torch.from_numpy(np.asarray(head.std, np.float32))
        self._activation = head.activation
        self.head = [torch.nn.Parameter(torch.from_numpy(np.array(p, np.float32))) for p in head.parameters]
        self._start = head
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._at_once = self._takes_batches(example)
        except Exception as error:  # a converted module fails with whatever its operators raise
            raise _untrainable(name, error) from error

    @property
    def trained_numbers(self) -> int:
        """How many numbers of the blocks are trained."""
        return sum(int(p.numel()) for p, _ in self.parameters.values())

    def embed(self, activations: Any) -> Any:
        """(N, width) embeddings of (N, ...) activations, both tensors."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what PyTorch thinks of the code of onnx2torch
            if self._at_once or len(activations) == 1:
                return self._module(activations).reshape(len(activations), -1)
            return self._torch.cat([self._module(a[None]).reshape(1, -1) for a in activations])

    def scores(self, activations: Any) -> Any:
        """(N, C) scores."""
        functional = self._torch.nn.functional
        x = (self.embed(activations) - self._mean) / self._std
        if len(self.head) == 4:
            x = x @ self.head[0] + self.head[1]
            x = functional.relu(x) if self._activation == "relu" else functional.gelu(x)
        return x @ self.head[-2] + self.head[-1]

    def embeddings(self, activations: FloatArray) -> FloatArray:
        """The same for arrays, without gradients."""
        with self._torch.inference_mode():
            result: FloatArray = self.embed(self._torch.from_numpy(np.ascontiguousarray(activations))).numpy()
        return result

    def predicted(self, activations: NDArray[Any]) -> IntArray:
        """(N,) the best class of (N, ...) activations."""
        found = [self._scores_of(activations[i : i + _AT_ONCE]) for i in range(0, len(activations), _AT_ONCE)]
        return np.concatenate([scores.argmax(axis=1) for scores in found])

    def probabilities(self, activations: FloatArray) -> FloatArray:
        """(N, C) probabilities of (N, ...) activations."""
        scores = self._scores_of(activations)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        result: FloatArray = e / e.sum(axis=1, keepdims=True)
        return result

    def _scores_of(self, activations: NDArray[Any]) -> FloatArray:
        torch = self._torch
        with torch.inference_mode():
            result: FloatArray = self.scores(torch.from_numpy(np.array(activations, np.float32))).numpy()
        return result

    def weights(self) -> dict[str, NDArray[np.float32]]:
        """The trained weights of the blocks by the names that the network's file has for them."""
        found = {}
        for name, (parameter, transposed) in self.parameters.items():
            value = parameter.detach().numpy()
            found[name] = np.ascontiguousarray(value.T if transposed else value)
        return found

    def trained_head(self) -> Head:
        """The head as it is now."""
        parameters = tuple(p.detach().numpy().copy() for p in self.head)
        return Head(self._start.mean, self._start.std, parameters, self._activation)

    def snapshot(self) -> list[Any]:
        """All that is trained, to be restored."""
        return [p.detach().clone() for p in self.everything()]

    def restore(self, snapshot: Sequence[Any]) -> None:
        """Put back what `snapshot` gave."""
        with self._torch.no_grad():
            for parameter, value in zip(self.everything(), snapshot, strict=True):
                parameter.copy_(value)

    def everything(self) -> list[Any]:
        """All parameters: of the blocks, then of the head."""
        return [*(p for p, _ in self.parameters.values()), *self.head]

    def _takes_batches(self, example: FloatArray) -> bool:
        """Whether several pictures can go through at once: files for one picture may have its number inside."""
        torch = self._torch
        one = torch.from_numpy(np.ascontiguousarray(example[:1]))
        two = torch.cat([one, one * 0.5])
        with torch.inference_mode():
            apart = [self._module(t[None]).reshape(1, -1) for t in two]
            try:
                together = self._module(two).reshape(2, -1)
            except (RuntimeError, ValueError, IndexError):
                return False
        wanted = torch.cat(apart)
        return together.shape == wanted.shape and bool(
            (together - wanted).abs().max() <= _SAME * (1 + wanted.abs().max())
        )


def _converted(model: Any, name: str) -> Any:
    onnx2torch = require("onnx2torch")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = onnx2torch.convert(model)
    except Exception as error:  # onnx2torch raises NotImplementedError and, for graphs it misreads, anything
        raise _untrainable(name, error) from error
    for layer in module.modules():
        # where the shape of its input cannot be inferred, onnx2torch sets a normalisation over nothing
        if isinstance(layer, require("torch").nn.LayerNorm) and layer.weight is not None:
            layer.normalized_shape = tuple(layer.weight.shape)
    return module


def _untrainable(name: str, error: Exception) -> ModelError:
    text = str(error).strip().splitlines()
    reason = text[0] if text else type(error).__name__
    return ModelError(
        "{name}: its last blocks cannot be made trainable: {reason}; unfreeze fewer blocks, or "
        "take a float32 model such as efficientnet-lite0",
        name=name,
        reason=reason[:160],
    )


def _parameters(
    module: Any, model: Any, wanted: Mapping[str, NDArray[np.float32]]
) -> dict[str, tuple[Any, bool]]:
    """Which tensor of the module each weight of the file has become, and whether it was transposed.

    A copy of the file whose weights are all different random numbers is converted as well: there each tensor
    tells which weight it was. Tensors that were one weight become one parameter.
    """
    torch = require("torch")
    random = np.random.default_rng(_MARK_SEED)
    marks = {name: random.uniform(0.5, 1.5, value.shape).astype(np.float32) for name, value in wanted.items()}
    marked = with_weights(model, marks)
    places: dict[str, list[tuple[str, bool]]] = {}
    keys = {_key(mark): (name, False) for name, mark in marks.items()}
    keys.update({_key(mark.T): (name, True) for name, mark in marks.items() if mark.ndim == 2})
    for place, tensor in _tensors(_converted(marked, Message("the marked copy"))):
        found = keys.get(_key(tensor.detach().numpy()))
        if found is not None:
            places.setdefault(found[0], []).append((place, found[1]))
    parameters: dict[str, tuple[Any, bool]] = {}
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    for name, at in places.items():
        if len({transposed for _, transposed in at}) > 1:
            continue  # one weight, used both ways: left frozen
        value = wanted[name].T if at[0][1] else wanted[name]
        parameter = torch.nn.Parameter(torch.from_numpy(np.array(value, np.float32)))
        for place, _ in at:
            _put(module, place, parameter)
        parameters[name] = (parameter, at[0][1])
    return parameters


def _tensors(module: Any) -> Iterator[tuple[str, Any]]:
    yield from module.named_parameters(remove_duplicate=False)
    yield from module.named_buffers(remove_duplicate=False)


def _key(array: NDArray[Any]) -> tuple[tuple[int, ...], bytes]:
    return array.shape, np.ascontiguousarray(array, np.float32).tobytes()[:4096]


def _put(module: Any, place: str, parameter: Any) -> None:
    path, _, leaf = place.rpartition(".")
    owner = module.get_submodule(path)
    owner._buffers.pop(leaf, None)
    owner._parameters.pop(leaf, None)
    owner.register_parameter(leaf, parameter)
