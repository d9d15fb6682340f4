"""The state of the OpenCV panel: two chains, which of them is worked on, and how they are seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

from PySide6.QtCore import QObject, Signal

from vision_app.filters.chain import FilterChain, Step, parse_chain
from vision_app.filters.table import find_operation
from vision_app.gui.session import Session
from vision_app.gui.settings import Settings
from vision_app.live.bench import Bench, BenchView

VIEWS: tuple[BenchView, ...] = get_args(BenchView)


class FilterController(QObject):
    """Changes the chains, hands them to the session, and remembers them.

    Args:
        session: the live session.
        settings: those of the window.
        parent: Qt's owner.
    """

    changed = Signal()
    """Something else is done, or seen otherwise."""
    rebuilt = Signal()
    """The steps of the chain that is worked on are others, or in another order."""

    def __init__(self, session: Session, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        values = settings.values
        self._chains = [parse_chain(values.filters), parse_chain(values.filters_other)]
        self._working_on = 0
        self._bench = Bench()
        view = values.filter_view
        self._show(view=view)

    # what stands ----------------------------------------------------------------------------------------

    @property
    def chain(self) -> FilterChain:
        """The chain that is worked on."""
        return self._chains[self._working_on]

    @property
    def working_on(self) -> int:
        """0 for the chain before the models, 1 for the one to compare with."""
        return self._working_on

    @property
    def bench(self) -> Bench:
        """All that is in force."""
        return self._bench

    # changes ---------------------------------------------------------------------------------------------

    def work_on(self, number: int) -> None:
        """Work on the other chain."""
        if number != self._working_on:
            self._working_on = number
            self.rebuilt.emit()

    def set_chain(self, chain: FilterChain) -> None:
        """Have another chain in place of the one that is worked on."""
        self._chains[self._working_on] = chain
        self._show()
        self.rebuilt.emit()

    def add(self, name: str) -> None:
        """One more step at the end.

        Raises:
            ConfigError: there are too many.
        """
        self.set_chain(FilterChain((*self.chain.steps, Step(find_operation(name)))))

    def remove(self, number: int) -> None:
        """Take a step out."""
        self.set_chain(FilterChain(tuple(s for i, s in enumerate(self.chain.steps) if i != number)))

    def move(self, number: int, to: int) -> None:
        """Move a step to another place."""
        steps = list(self.chain.steps)
        if 0 <= number < len(steps) and 0 <= to < len(steps) and number != to:
            steps.insert(to, steps.pop(number))
            self.set_chain(FilterChain(tuple(steps)))

    def switch(self, number: int, *, on: bool) -> None:
        """Let a step do something, or not."""
        self._change(number, replace(self.chain.steps[number], on=on))

    def set_value(self, number: int, name: str, value: Any) -> None:
        """Give a parameter of a step another value.

        Raises:
            ConfigError: it does not take that.
        """
        self._change(number, self.chain.steps[number].with_value(name, value))

    def _change(self, number: int, step: Step) -> None:
        steps = list(self.chain.steps)
        steps[number] = step
        self._chains[self._working_on] = FilterChain(tuple(steps))
        self._show()

    def set_view(self, view: str) -> None:
        """See it otherwise: one of `VIEWS`."""
        self._show(view=view)

    def set_split(self, share: float) -> None:
        """Where the line between before and after is, as a share of the width."""
        self._show(split=min(max(share, 0.0), 1.0))

    def _show(self, **more: Any) -> None:
        self._bench = replace(self._bench, chain=self._chains[0], other=self._chains[1], **more)
        self._session.set_bench(self._bench)
        self._settings.update(
            filters=str(self._chains[0]), filters_other=str(self._chains[1]), filter_view=self._bench.view
        )
        self.changed.emit()
