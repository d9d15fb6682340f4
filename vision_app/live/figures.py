"""How fast it all is: gathered from the parts that measure."""

from __future__ import annotations

from vision_app.engine.timing import Durations
from vision_app.live.composer import Composer
from vision_app.live.running import Running
from vision_app.live.status import Figures

MODEL_STAGES = ("prepare", "infer", "decode")


def gather(composer: Composer, running: Running | None, *, has_models: bool) -> Figures:
    """The figures of this moment.

    Args:
        composer: makes the pictures.
        running: the source; None when there is none.
        has_models: whether any model sees the frames.
    """
    stages = {"compose": _both_ms(composer.compose)}
    inferred_fps = result_age_ms = 0.0
    dropped, spared = 0, 0.0
    if running is not None:
        stats = running.pipeline.stats
        stages["read"] = _both_ms(stats.stages["read"])
        if has_models:
            stages |= {stage: _both_ms(stats.stages[stage]) for stage in MODEL_STAGES}
            inferred_fps, spared = stats.looked_at.per_second(), stats.spared_lately.share()
            result_age_ms = stats.age.recent_percentile(0.95) * 1e3
            dropped = stats.dropped
    age_p50_ms, age_p95_ms = _both_ms(composer.age)
    return Figures(
        source_fps=0.0 if running is None else running.read.per_second(),
        shown_fps=composer.shown.per_second(),
        inferred_fps=inferred_fps,
        stages_ms=stages,
        age_p50_ms=age_p50_ms,
        age_p95_ms=age_p95_ms,
        result_age_p95_ms=result_age_ms,
        dropped=dropped,
        spared=spared,
    )


def _both_ms(durations: Durations) -> tuple[float, float]:
    """Median and 95th percentile over the last moments."""
    return durations.recent_percentile(0.5) * 1e3, durations.recent_percentile(0.95) * 1e3
