"""Kept embeddings: what is kept comes back, what is broken does not, and nothing that happens is an error."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vision_app.learn.cache import EmbeddingCache

WIDTH = 5


def opened(folder: Path, model: str = "model", **more) -> EmbeddingCache:
    return EmbeddingCache(model, WIDTH, folder, **more)


def vector(number: int) -> np.ndarray:
    return np.arange(WIDTH, dtype=np.float32) + number / 3


def filled(folder: Path, count: int, **more) -> Path:
    cache = opened(folder, **more)
    for number in range(count):
        cache.put(f"key {number}", vector(number))
    cache.close()
    return next(folder.glob("*.bin"))


def kept(folder: Path, count: int, **more) -> list[int]:
    """Which of the vectors come back; none may come back wrong."""
    cache = opened(folder, **more)
    found = []
    for number in range(count):
        got = cache.get(f"key {number}")
        if got is not None:
            assert got.tolist() == vector(number).tolist()
            found.append(number)
    cache.close()
    return found


def test_what_is_kept_comes_back_at_once_and_later(tmp_path):
    cache = opened(tmp_path)
    assert cache.get("key 1") is None
    cache.put("key 1", vector(1))
    assert cache.get("key 1").tolist() == vector(1).tolist()
    cache.put("key 1", vector(2))  # the same key is the same embedding
    cache.close()
    assert cache.get("key 1") is None
    assert kept(tmp_path, 3) == [1]


def test_each_model_has_its_own_file(tmp_path):
    filled(tmp_path, 2)
    assert kept(tmp_path, 2, model="another") == []
    assert kept(tmp_path, 2) == [0, 1]


@given(st.integers(0, 400), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_a_torn_end_loses_only_what_was_torn(tmp_path_factory, cut, more):
    folder = tmp_path_factory.mktemp("torn")
    path = filled(folder, 6)
    size = path.stat().st_size
    record = (size - 1028) // 6
    os.truncate(path, max(0, size - cut))
    whole = max(0, (size - cut - 1028) // record) if size - cut >= 1028 else 0
    assert kept(folder, 6) == list(range(whole))
    cache = opened(folder)  # the next training goes on behind the torn part
    for number in range(10, 10 + more):
        cache.put(f"key {number}", vector(number))
    cache.close()
    assert kept(folder, 13) == [*range(whole), *range(10, 10 + more)]


@given(st.integers(0, 2000), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_changed_byte_never_gives_a_wrong_embedding(tmp_path_factory, place, change):
    folder = tmp_path_factory.mktemp("changed")
    path = filled(folder, 5)
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(data)
    found = kept(folder, 5)
    assert len(found) >= 4 or place % len(data) < 1028


def test_rubbish_in_its_place_is_begun_anew(tmp_path):
    path = filled(tmp_path, 2)
    path.write_bytes(b"rubbish" * 1000)
    assert kept(tmp_path, 2) == []
    filled(tmp_path, 2)
    assert kept(tmp_path, 2) == [0, 1]


def test_two_that_add_at_once_both_keep_theirs(tmp_path):
    one, two = opened(tmp_path), opened(tmp_path)
    for number in range(20):
        (one if number % 2 else two).put(f"key {number}", vector(number))
    assert one.get("key 1").tolist() == vector(1).tolist()
    assert two.get("key 2").tolist() == vector(2).tolist()
    one.close()
    two.close()
    assert kept(tmp_path, 20) == list(range(20))


def test_many_threads(tmp_path):
    cache = opened(tmp_path)

    def work(start: int) -> None:
        for number in range(start, 200, 4):
            cache.put(f"key {number}", vector(number))
            assert cache.get(f"key {number}").tolist() == vector(number).tolist()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cache.close()
    assert kept(tmp_path, 200) == list(range(200))


def test_a_full_file_keeps_the_newest_half_at_the_next_start(tmp_path):
    limit = 1028 + 200 * (8 + 32 + 4 * WIDTH)
    filled(tmp_path, 300, limit_bytes=limit)
    path = next(tmp_path.glob("*.bin"))
    assert path.stat().st_size <= limit
    first = kept(tmp_path, 300, limit_bytes=10**6)
    assert first == list(range(200))
    cache = opened(tmp_path, limit_bytes=limit)
    cache.put("key 299", vector(299))
    cache.close()
    left = kept(tmp_path, 300, limit_bytes=10**6)
    assert left[-1] == 299
    assert 80 <= len(left) <= 101
    assert left[:-1] == first[-len(left) + 1 :]
    assert list(tmp_path.glob("*.part")) == []


def test_files_of_other_models_give_way_the_least_used_first(tmp_path):
    for number, model in enumerate(("old", "older", "new")):
        filled(tmp_path, 10, model=model)
        os.utime(max(tmp_path.glob("*.bin"), key=lambda p: p.stat().st_mtime_ns), (number, number))
    used = sorted(tmp_path.glob("*.bin"), key=lambda p: p.stat().st_mtime)
    opened(tmp_path, model="mine", limit_bytes=used[0].stat().st_size * 2).close()
    assert not used[0].exists()
    assert used[-1].exists()


@pytest.mark.parametrize("kind", ["file in the way", "read-only"])
def test_a_place_that_cannot_be_written_keeps_nothing_and_says_nothing(tmp_path, kind):
    folder = tmp_path / "cache"
    if kind == "file in the way":
        folder.write_text("not a folder")
    else:
        folder.mkdir()
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):
            pytest.skip("this user may write everywhere")
    cache = opened(folder)
    cache.put("key 0", vector(0))
    assert not cache.usable
    assert cache.get("key 0") is None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_ends_the_keeping_and_leaves_a_usable_file(tmp_path):
    code = f"""
import resource, signal, numpy as np
from pathlib import Path
from vision_app.learn.cache import EmbeddingCache
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
cache = EmbeddingCache("model", {WIDTH}, Path({str(tmp_path)!r}))
for number in range(50):
    cache.put(f"key {{number}}", np.arange({WIDTH}, dtype=np.float32) + number / 3)
print(cache.usable)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    assert kept(tmp_path, 50) == list(range(7))


def test_a_wrong_width_is_the_callers_mistake(tmp_path):
    with pytest.raises(ValueError, match="numbers"):
        opened(tmp_path).put("key", np.zeros(WIDTH + 1, np.float32))
