"""Pictures of every part of the window and the kiosk, at several sizes, light, dark and Korean, to be looked at.

    python tools/screens.py FOLDER [--sizes 1024x700,3840x2160@2] [--only teach,inside] [--looks light,korean]

Each size has a process and an X server of its own (`xvfb-run`), with a scale where one is named after `@`; the picture
is that of the whole screen, so what pops up is seen too. Everything is real: two models run on the demo clip, two
classes of parts of its frames are taught. Nothing of whoever runs it is read or written. A picture is called
`SIZE-LOOK-NAME.png`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from vision_app.gui.app import Desktop

SIZES = ("1024x700", "1366x768", "1920x1080", "3840x2160@2")
LOOKS = {"light": ("light", "en"), "dark": ("dark", "en"), "korean": ("light", "ko")}
_MODELS = ("nanodet-g", "efficientnet-lite0")
_FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_PICTURES_DIR", "XDG_VIDEOS_DIR")
_SAMPLES = 16
_EPOCHS = 12
_PATIENCE_S = 180.0
_SETTLED_S = 0.7

Shown = Callable[[], Any]
"""Brings something on the screen; gives the dialog that is to be closed afterwards, or None."""


def wait(seconds: float, until: Callable[[], object] = lambda: False) -> bool:
    """Run the window's events for some time, or until something is true."""
    from PySide6.QtTest import QTest

    end_s = time.perf_counter() + seconds
    while time.perf_counter() < end_s and not until():
        QTest.qWait(20)
    return bool(until())


def wait_for(what: str, until: Callable[[], object]) -> None:
    """As `wait`, for what has to come."""
    if not wait(_PATIENCE_S, until):
        raise SystemExit(f"did not come: {what}")


class Screens:
    """What is shown of one window, by name."""

    def __init__(self, desktop: Desktop) -> None:
        self._desktop, self._window = desktop, desktop.window

    def panel(self, name: str) -> Any:
        """A panel of the window."""
        return self._window.docks.panel(name)

    def all(self) -> dict[str, Shown]:
        """Everything, in an order in which one thing needs what came before."""
        from vision_app.gui.inside.panel import LESSONS

        pages = ("maps", "layers", "families", "compare", *LESSONS)
        return {
            "main": lambda: self._window.docks.show("models"),
            "models-options": self._options,
            "models-catalogue": self._catalogue,
            "filters": self._filters,
            "filters-lesson": lambda: self.panel("filters").show_lesson(0),
            "filters-code": lambda: self.panel("filters").open_code(),
            "speed": lambda: self._window.docks.show("speed"),
            "teach-samples": lambda: self._teach(0),
            "teach-grid": self._grid,
            "teach-train": lambda: self._teach(1),
            "teach-result": lambda: self._teach(2),
            "teach-evaluation": self._evaluation,
            **{f"inside-{page}": self._inside(page) for page in pages},
            "preferences": self._window.show_preferences,
            "keys": self._keys,
            "chooser": self._chooser,
            "welcome": self._welcome,
        }

    def prepare(self) -> None:
        """Take samples of two classes, and learn them."""
        from vision_app.resources import demo_clip
        from vision_app.samples.pictures import encode_jpeg
        from vision_app.samples.sample import NewSample

        teach = self.panel("teach")
        self._window.docks.show("teach")
        wait_for("the samples", lambda: teach.controller.store is not None)
        store = teach.controller.store
        for number, frame in enumerate(_frames(demo_clip())):
            half = frame.shape[1] // 2
            for label, image in (("left", frame[:, :half]), ("right", frame[:, half:])):
                if number == 0:
                    store.add_class(label)
                small = image[::3, ::3].copy()
                store.add(NewSample(label, f"take {number // 4}", encode_jpeg(small), ".jpg", small))
        teach.controller.store_changed.emit()
        teach.training.fields.epochs.setValue(_EPOCHS)
        teach.tabs.setCurrentIndex(1)
        wait(1.0)
        teach.training.train.click()
        wait_for("a trained model", lambda: not teach.controller.is_training)
        if teach.training.result is None:
            raise SystemExit(f"nothing was learnt: {teach.training.problem.text()}")
        teach.tabs.setCurrentIndex(2)
        teach.result.evaluate()
        wait_for("an evaluation", lambda: teach.result.evaluation is not None)

    def _options(self) -> None:
        self._window.docks.show("models")
        next(iter(self.panel("models").cards.values())).tune.setChecked(True)

    def _catalogue(self) -> None:
        panel = self.panel("models")
        next(iter(panel.cards.values())).tune.setChecked(False)
        wait(0.3)
        panel.scroll_area.ensureWidgetVisible(panel.catalogue.filter, 0, self._window.height())
        bar = panel.scroll_area.verticalScrollBar()
        bar.setValue(panel.catalogue.y() - 60)

    def _filters(self) -> None:
        panel = self.panel("filters")
        self._window.docks.show("filters")
        if not panel.controller.chain.steps:
            for name in ("gaussian", "canny", "threshold"):
                panel.add_operation(name)
            panel.controller.set_view("split")

    def _teach(self, place: int) -> None:
        filters = self.panel("filters").controller
        while filters.chain.steps:
            filters.remove(0)
        filters.set_view("after")
        self._window.docks.show("teach")
        self.panel("teach").tabs.setCurrentIndex(place)

    def _grid(self) -> Any:
        self.panel("teach").show_samples()
        return self.panel("teach").dialog

    def _evaluation(self) -> Any:
        self.panel("teach").result.show_details()
        return self.panel("teach").result.dialog

    def _inside(self, page: str) -> Shown:
        def show() -> None:
            self._window.docks.show("inside")
            self.panel("inside").open(page)
            wait(1.5)

        return show

    def _keys(self) -> Any:
        from PySide6.QtWidgets import QDialog

        self._window.show_shortcuts()
        return next(d for d in reversed(self._window.findChildren(QDialog)) if d.isVisible())

    def _chooser(self) -> Any:
        self._window.bar.choose()
        wait(1.0)
        return self._window.bar.chooser

    def _welcome(self) -> None:
        self._window.docks.show("models")
        self._window.show_first_steps(demo=True)


def _frames(clip: Path) -> Iterator[Any]:
    """Some frames of a clip, evenly."""
    import cv2

    capture = cv2.VideoCapture(str(clip))
    every = max(1, int(capture.get(cv2.CAP_PROP_FRAME_COUNT)) // _SAMPLES)
    number = 0
    while True:
        there, frame = capture.read()
        if not there:
            break
        if number % every == 0:
            yield frame
        number += 1
    capture.release()


def _grab(folder: Path, name: str) -> None:
    from PySide6.QtGui import QGuiApplication

    screen = QGuiApplication.primaryScreen()
    screen.grabWindow(0).save(str(folder / f"{name}.png"))
    print(name, flush=True)


def _one_size(folder: Path, size: str, only: list[str], looks: list[str]) -> None:
    """In a process of its own: all of it at the size of the screen."""
    from vision_app.gui.app import Desktop, make_application, quicken
    from vision_app.gui.instance import Wish
    from vision_app.gui.settings import Settings
    from vision_app.resources import demo_clip

    def wanted(name: str) -> bool:
        return not only or any(name.startswith(one) for one in only)

    quicken()
    app = make_application()
    app.setQuitOnLastWindowClosed(False)
    if wanted("kiosk"):
        _kiosk(folder, size)
    desktop = Desktop(app, Settings(Path(os.environ["HOME"]) / "desktop.json"))
    desktop.settings.update(scheme="light", language="en", welcome=False)
    room = app.primaryScreen().availableGeometry()
    desktop.window.setGeometry(room)
    desktop.begin(Wish(str(demo_clip()), _MODELS))
    wait_for("the models", lambda: desktop.session.figures().inferred_fps > 0)
    screens = Screens(desktop)
    every = {name: shown for name, shown in screens.all().items() if wanted(name)}
    if any(name.startswith("teach") for name in every):
        screens.prepare()
    for look in looks:
        scheme, language = LOOKS[look]
        desktop.settings.update(scheme=scheme, language=language)
        for name, shown in every.items():
            dialog: QWidget | None = shown()
            wait(_SETTLED_S)
            _grab(folder, f"{size.replace('@', 'x')}-{look}-{name}")
            if dialog is not None:
                dialog.close()
            desktop.window.welcome.hide()
    desktop.window.close()


def _kiosk(folder: Path, size: str) -> None:
    from vision_app.gui.kiosk.show import Show
    from vision_app.gui.session import Session
    from vision_app.kiosk.pin import PinGate
    from vision_app.kiosk.programme import load_programme
    from vision_app.resources import assets_dir

    home = Path(os.environ["HOME"])
    file = home / "kiosk.toml"
    text = (assets_dir() / "kiosk" / "kiosk.toml").read_text(encoding="utf-8")
    file.write_text(text.replace('source = "0"', 'source = "demo"'), encoding="utf-8")
    programme = load_programme(file)
    session = Session()
    show = Show(programme, session, PinGate(programme.pin, home / "pin.json"))
    show.begin()
    name = f"{size.replace('@', 'x')}-kiosk"
    for number in range(len(programme.stations)):
        wait(30.0, lambda: show.window.screen_shown is show.stage and show.stage.rows.rows)
        wait(2.0)
        _grab(folder, f"{name}-station-{number}")
        show.window.next_wanted.emit()
        wait(1.0)
    session.picture.connect(show.attract.show_picture)
    show.window.show_screen(show.attract)
    wait(1.5)
    _grab(folder, f"{name}-attract")
    show.window.pad.open_pad()
    wait(_SETTLED_S)
    _grab(folder, f"{name}-pin")
    show.end()
    show.window.hide()
    show.deleteLater()


def main() -> int:
    """Make them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default=",".join(SIZES), help="with commas between; @ before a scale")
    parser.add_argument("--only", default="", help="names, or beginnings of them, with commas between")
    parser.add_argument("--looks", default=",".join(LOOKS), help="light, dark, korean")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    parsed.folder.mkdir(parents=True, exist_ok=True)
    only = [name for name in parsed.only.split(",") if name]
    if parsed.here:
        code = 1
        try:
            _one_size(parsed.folder, parsed.here, only, parsed.looks.split(","))
            code = 0
        except SystemExit as gave_up:
            print(gave_up, file=sys.stderr)
        except Exception:  # noqa: BLE001 - told; a window that is left open must not be torn down by Python's end
            traceback.print_exc()
        sys.stdout.flush()
        os._exit(code)
    failed = 0
    for size in parsed.sizes.split(","):
        pixels, _, scale = size.partition("@")
        with tempfile.TemporaryDirectory(prefix="screens-", ignore_cleanup_errors=True) as home:
            own = {name: str(Path(home) / name.lower()) for name in _FOLDERS}
            around = os.environ | own | {"HOME": home} | ({"QT_SCALE_FACTOR": scale} if scale else {})
            server = ["xvfb-run", "-a", "-s", f"-screen 0 {pixels}x24"]
            command = [sys.executable, __file__, str(parsed.folder.absolute()), "--here", size]
            command += ["--only", parsed.only, "--looks", parsed.looks]
            failed += subprocess.run([*server, *command], env=around, check=False).returncode != 0
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
