"""The shipped networks of people, as the finders want them."""

from functools import lru_cache

from vision_app.people.detecting import Network
from vision_app.resources import models_dir
from vision_app.runtime import Session, ThreadPolicy


@lru_cache
def network(name: str, wanted: tuple[str, ...] | None = None) -> Network:
    """A network of `models/people`, on one thread; its outputs in the order in which they are wanted."""
    session = Session(models_dir() / "people" / f"{name}.onnx", "cpu", ThreadPolicy(intra_op=1))
    return lambda tensor: list(session.run({"picture": tensor}, wanted).values())
