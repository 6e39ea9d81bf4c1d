"""Content made: speech synthesised, video rendered."""

from __future__ import annotations

from metricloom import Counter, Histogram, Label, Subsystem, Threshold, Triple

# --- what is measured ---

PROVIDER = Label("provider", "Who synthesises the speech", max_values=20)
RENDERER = Label("renderer", "What renders the video", max_values=20)

TTS_JOBS = Counter("tts_jobs_total", "Speech syntheses that ended, whatever the outcome", labels=[PROVIDER])
TTS_FAILURES = Counter("tts_failures_total", "Speech syntheses that failed", labels=[PROVIDER], subset_of=TTS_JOBS)
TTS_SECONDS = Histogram(
    "tts_seconds",
    "Duration of a speech synthesis",
    labels=[PROVIDER],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120),
    timeout=120,
)
TTS_CHARACTERS = Counter("tts_characters_total", "Characters synthesised: what speech is priced by", labels=[PROVIDER])

VIDEO_RENDERS = Counter("video_renders_total", "Renders that ended, whatever the outcome", labels=[RENDERER])
VIDEO_FAILURES = Counter(
    "video_render_failures_total", "Renders that failed", labels=[RENDERER], subset_of=VIDEO_RENDERS
)
VIDEO_SECONDS = Histogram(
    "video_render_seconds",
    "Duration of a render",
    labels=[RENDERER],
    buckets=(1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600),
    timeout=3600,
)
VIDEO_OUTPUT_SECONDS = Counter(
    "video_output_seconds_total", "Seconds of video made: what a render is priced by", labels=[RENDERER]
)

# --- how it is watched ---

speech = Triple(
    "record_synthesis",
    "TTSMetrics",
    calls=TTS_JOBS,
    failures=TTS_FAILURES,
    seconds=TTS_SECONDS,
    effects=[TTS_CHARACTERS.inc("characters", on="success")],
    nouns="TTS jobs",
    failing="HighTTSErrorRate",
    error_ratio=Threshold(0.1),
    slow="SlowTTS",
    p95=Threshold(30),
    windows=("10m", "30m"),
    next_steps="Look at the provider's status page and at the quota; switch to another provider if it is down.",
)
video = Triple(
    "record_render",
    "VideoMetrics",
    calls=VIDEO_RENDERS,
    failures=VIDEO_FAILURES,
    seconds=VIDEO_SECONDS,
    effects=[VIDEO_OUTPUT_SECONDS.inc("output_seconds", on="success")],
    nouns="video renders",
    failing="HighVideoErrorRate",
    error_ratio=Threshold(0.1),
    slow="SlowVideoRenders",
    p95=Threshold(900),
    windows=("1h", "3h"),  # a render may take an hour
    next_steps="Look at the renderer's log for what failed renders share: a codec, a template, a full disk.",
)

content = Subsystem(
    "content",
    title="Content Generation",
    owner="media",
    service="content-platform",
    triples=[speech, video],
)
