"""The DASH MPD (ISO/IEC 23009-1) of an asset, as bytes of XML.

One period; one adaptation set for the picture and one for each language of the sound; exact segment times
from SegmentTimeline, so that rounding never drifts. The segments are the CMAF segments that HLS names. The
origin serves what `mpd` returns; URIs in it are relative.
"""

from collections.abc import Iterator

from lxml import etree

from manifests.asset import Asset, Rendition, Segment, init_uri, segment_uri
from manifests.rates import date_time, decimal, target_duration_s
from manifests.window import Settings, Window, end_ms, kept_ms, visible

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
PROFILES = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"
CHANNELS_SCHEME = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"
ROLE_SCHEME = "urn:mpeg:dash:role:2011"


def mpd(asset: Asset, settings: Settings, now_ms: int) -> bytes:
    """The media presentation description at `now_ms`, UTF-8 with an XML declaration."""
    windows = {r.id: visible(asset, r, settings, now_ms) for r in asset.renditions}
    # The stubs don't know that None names the default namespace.
    root = etree.Element(f"{{{NAMESPACE}}}MPD", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    _set(root, profiles=PROFILES, minBufferTime=_duration(2000 * target_duration_s(asset.renditions)))
    _set(root, **_timing(asset, settings, windows))
    _child(_child(root, "ProgramInformation"), "Title").text = asset.title
    period = _child(root, "Period", id="0", start="PT0S")
    for number, group in enumerate(_adaptation_sets(asset)):
        shown = [rendition for rendition in group if windows[rendition.id].segments]
        if shown:
            _add_adaptation_set(period, number, asset, shown, windows)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _timing(asset: Asset, settings: Settings, windows: dict[str, Window]) -> dict[str, str]:
    ended = all(window.ended for window in windows.values())
    timing = {"mediaPresentationDuration": _duration(asset.duration_ms)} if ended else {}
    if settings.live_from_ms is None:
        return {"type": "static", **timing}
    target_ms = 1000 * target_duration_s(asset.renditions)
    if not ended:
        timing["minimumUpdatePeriod"] = _duration(target_ms)
    return {
        "type": "dynamic",
        "availabilityStartTime": date_time(settings.live_from_ms),
        "publishTime": date_time(settings.live_from_ms + _newest_ms(asset, windows)),
        "timeShiftBufferDepth": _duration(kept_ms(asset, settings)),
        "suggestedPresentationDelay": _duration(3 * target_ms),
        **timing,
    }


def _newest_ms(asset: Asset, windows: dict[str, Window]) -> int:
    """When the newest visible segment appeared: the moment since which the MPD has said the same."""
    shown = [(windows[r.id].segments[-1], r) for r in asset.renditions if windows[r.id].segments]
    return max((end_ms(segment, rendition) for segment, rendition in shown), default=0)


def _adaptation_sets(asset: Asset) -> Iterator[tuple[Rendition, ...]]:
    """What a player may switch between without a break: all pictures, then the sounds of each language."""
    yield asset.videos
    for language in dict.fromkeys(sound.language for sound in asset.audios):
        yield tuple(sound for sound in asset.audios if sound.language == language)


def _add_adaptation_set(
    period: etree._Element, number: int, asset: Asset, group: list[Rendition], windows: dict[str, Window]
) -> None:
    kind = group[0].kind
    adaptation = _child(
        period,
        "AdaptationSet",
        id=str(number),
        contentType=kind,
        mimeType=f"{kind}/mp4",
        segmentAlignment="true",
    )
    _set(adaptation, startWithSAP="1")
    if group[0].language:
        _set(adaptation, lang=group[0].language)
    _child(adaptation, "Role", schemeIdUri=ROLE_SCHEME, value="main")
    for rendition in group:
        _add_representation(adaptation, asset, rendition, windows[rendition.id].segments)


def _add_representation(
    adaptation: etree._Element, asset: Asset, rendition: Rendition, segments: tuple[Segment, ...]
) -> None:
    representation = _child(
        adaptation,
        "Representation",
        id=rendition.id,
        codecs=rendition.codecs,
        bandwidth=str(rendition.peak_bps),
    )
    if rendition.kind == "video":
        num, den = rendition.frame_rate
        _set(
            representation,
            width=str(rendition.width),
            height=str(rendition.height),
            frameRate=str(num) if den == 1 else f"{num}/{den}",
            sar="1:1",
        )
    else:
        _set(representation, audioSamplingRate=str(rendition.sample_rate_hz))
        _child(
            representation,
            "AudioChannelConfiguration",
            schemeIdUri=CHANNELS_SCHEME,
            value=str(rendition.channels),
        )
    _add_template(representation, asset, rendition, segments)


def _add_template(
    representation: etree._Element, asset: Asset, rendition: Rendition, segments: tuple[Segment, ...]
) -> None:
    template = _child(
        representation,
        "SegmentTemplate",
        timescale=str(rendition.timescale),
        initialization=init_uri(asset, rendition),
        media=segment_uri(asset, rendition, "$Number$"),
        startNumber=str(segments[0].number),
    )
    timeline = _child(template, "SegmentTimeline")
    for start_ticks, duration_ticks, count in _runs(segments):
        entry = _child(timeline, "S", t=str(start_ticks), d=str(duration_ticks))
        if count > 1:
            _set(entry, r=str(count - 1))


def _runs(segments: tuple[Segment, ...]) -> Iterator[tuple[int, int, int]]:
    """(start, duration, how many) of consecutive segments that last equally long."""
    first, count = segments[0], 0
    for segment in segments:
        expected_ticks = first.start_ticks + count * first.duration_ticks
        if segment.start_ticks != expected_ticks or segment.duration_ticks != first.duration_ticks:
            yield first.start_ticks, first.duration_ticks, count
            first, count = segment, 0
        count += 1
    yield first.start_ticks, first.duration_ticks, count


def _duration(duration_ms: int) -> str:
    """An xs:duration of seconds: PT2.5S, and not one day or hour more elegant."""
    return f"PT{decimal(duration_ms, 1000, digits=3)}S"


def _child(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{tag}")
    _set(child, **attributes)
    return child


def _set(element: etree._Element, **attributes: str) -> None:
    for name, value in attributes.items():
        element.set(name, value)
