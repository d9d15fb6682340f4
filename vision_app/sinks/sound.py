"""The sound of a clip, copied beside the pictures that are saved of it: packet by packet, not encoded again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision_app.messages import Message, cause_of, listed
from vision_app.sources.base import Report, SoundTrack

if TYPE_CHECKING:
    import av.container

    _Packet = av.Packet[Any]

_WORDS = {"subtitle": "subtitles", "data": "data", "attachment": "attachments"}


class SoundCopy:
    """Copies one sound track into a container that is being written.

    Args:
        track: where the sound is.
        target: the container, before its first packet.
        start_s: position in the clip at which the saved video begins, seconds.
        name: of the saved file, for what is said.
        report: told of what the clip has and the saved file has not.
    """

    def __init__(
        self,
        track: SoundTrack,
        target: av.container.OutputContainer,
        start_s: float,
        name: str,
        report: Report,
    ) -> None:
        import av

        self._target, self._name, self._report = target, name, report
        self._packets: Iterator[_Packet] = iter(())
        self._source: av.container.InputContainer | None = None
        try:
            self._source = av.open(f"file:{Path(track.path)}", metadata_errors="replace")
            self._begin(self._source, track.origin_s + start_s)
        except (av.FFmpegError, ValueError, OSError) as error:
            self._give_up(error)

    def _begin(self, source: av.container.InputContainer, zero_s: float) -> None:
        import av

        sounds = [s for s in source.streams.audio if s.codec_context is not None]
        left_out = [_WORDS[s.type] for s in source.streams if s.type in _WORDS]
        if len(sounds) > 1:
            left_out.append(Message("{count} more sound tracks", count=len(sounds) - 1))
        if left_out:
            self._say(Message("left out: {left_out}", left_out=listed(dict.fromkeys(left_out))))
        if not sounds:
            return
        chosen = max(sounds, key=lambda s: int(s.disposition) & 1)
        try:
            out = self._target.add_stream_from_template(chosen)
        except (av.FFmpegError, ValueError):
            codec = chosen.codec_context.name
            self._say(
                Message(
                    "left out: the sound, for the format of the file holds no {codec}; .mkv holds it",
                    codec=codec,
                )
            )
            return
        time_base = chosen.time_base
        assert time_base is not None
        zero = round(zero_s / time_base)
        if zero_s > 1:
            source.seek(int(zero), stream=chosen)
        self._packets = self._shifted(source.demux(chosen), out, zero)

    @staticmethod
    def _shifted(packets: Iterator[_Packet], out: Any, zero: int) -> Iterator[_Packet]:
        last: int | None = None
        for packet in packets:
            if packet.pts is None or packet.size == 0:
                continue
            packet.pts -= zero
            if packet.pts < 0 or (last is not None and packet.pts <= last):
                continue  # before the first picture, or a clock that began again
            packet.dts = last = packet.pts
            packet.stream = out
            yield packet

    def up_to(self, time_s: float) -> None:
        """Write what is heard until then, seconds from the first picture that is saved."""
        import av

        try:
            for packet in self._packets:
                if float((packet.pts or 0) * (packet.time_base or 0)) > time_s:
                    self._packets = itertools.chain((packet,), self._packets)
                    return
                self._target.mux(packet)
        except (av.FFmpegError, OSError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Let go of the clip."""
        self._packets = iter(())
        if self._source is not None:
            self._source.close()

    def _give_up(self, error: Exception) -> None:
        self._say(
            Message(
                "its sound cannot be copied on: {reason}",
                reason=cause_of(error),
            )
        )
        self._packets = iter(())

    def _say(self, text: str) -> None:
        self._report(f"{self._name}: {text}")
