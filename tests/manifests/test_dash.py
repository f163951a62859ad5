"""The MPD by its structure: what stands where, and that its times are those of the media."""

from dataclasses import replace

from lxml import etree

from manifests.asset import Asset, Rendition
from manifests.dash import NAMESPACE, mpd
from manifests.window import ON_DEMAND, Settings
from tests.manifests import samples

NS = {"d": NAMESPACE}


def tree(asset: Asset, settings: Settings = ON_DEMAND, now_ms: int = 0) -> etree._Element:
    return etree.fromstring(mpd(asset, settings, now_ms))


def find(root: etree._Element, path: str) -> etree._Element:
    (found,) = root.findall(path, NS)
    return found


def times(representation: etree._Element) -> list[tuple[int, int]]:
    """Every (start, duration) which the timeline spells, read as a player reads it."""
    spelled, next_start = [], 0
    for entry in representation.findall("d:SegmentTemplate/d:SegmentTimeline/d:S", NS):
        next_start = int(entry.get("t", next_start))
        for _ in range(int(entry.get("r", "0")) + 1):
            spelled.append((next_start, int(entry.attrib["d"])))
            next_start += int(entry.attrib["d"])
    return spelled


def test_an_asset_on_demand_is_a_static_presentation() -> None:
    root = tree(samples.asset())
    assert root.tag == f"{{{NAMESPACE}}}MPD"
    assert root.get("type") == "static"
    assert root.get("mediaPresentationDuration") == "PT5.038S"
    assert root.get("minBufferTime") == "PT4.000S"
    assert "urn:mpeg:dash:profile:isoff-live:2011" in root.attrib["profiles"]
    assert find(root, "d:ProgramInformation/d:Title").text == "Demo & <friends>"
    assert not {"availabilityStartTime", "minimumUpdatePeriod"} & set(root.attrib)


def test_pictures_share_an_adaptation_set_and_sounds_have_their_own() -> None:
    pictures, sounds = tree(samples.asset()).findall("d:Period/d:AdaptationSet", NS)
    assert (pictures.get("contentType"), pictures.get("mimeType")) == ("video", "video/mp4")
    assert (sounds.get("contentType"), sounds.get("mimeType"), sounds.get("lang")) == (
        "audio",
        "audio/mp4",
        "en",
    )
    assert [r.get("id") for r in pictures.findall("d:Representation", NS)] == ["v720", "v240"]
    assert pictures.get("segmentAlignment") == "true"


def test_a_representation_says_all_that_a_player_chooses_by() -> None:
    root = tree(samples.asset())
    picture = find(root, ".//d:Representation[@id='v720']")
    assert {str(name): value for name, value in picture.attrib.items()} == {
        "id": "v720",
        "codecs": "avc1.4d401f",
        "bandwidth": "2880000",
        "width": "1280",
        "height": "720",
        "frameRate": "30000/1001",
        "sar": "1:1",
    }
    sound = find(root, ".//d:Representation[@id='audio']")
    assert sound.get("audioSamplingRate") == "48000"
    channels = find(sound, "d:AudioChannelConfiguration")
    assert channels.get("value") == "2"


def test_the_template_leads_to_the_same_segments_as_hls() -> None:
    template = find(tree(samples.asset()), ".//d:Representation[@id='audio']/d:SegmentTemplate")
    assert template.get("initialization") == "0123456789abcdef/audio/init.mp4"
    assert template.get("media") == "0123456789abcdef/audio/$Number$.m4s"
    assert template.get("startNumber") == "1"
    assert template.get("timescale") == "48000"


def test_the_timeline_spells_exactly_the_segments() -> None:
    asset = samples.asset()
    for rendition in asset.renditions:
        representation = find(tree(asset), f".//d:Representation[@id='{rendition.id}']")
        assert times(representation) == [(s.start_ticks, s.duration_ticks) for s in rendition.segments]


def test_equal_segments_are_one_line_and_a_gap_starts_another() -> None:
    asset = samples.asset()
    first, second, third = asset.videos[0].segments
    gapped: Rendition = replace(
        asset.videos[0], segments=(first, second, replace(third, start_ticks=second.end_ticks + 500))
    )
    root = tree(replace(asset, renditions=(gapped,)))
    entries = root.findall(".//d:S", NS)
    assert [entry.get("r") for entry in entries] == ["1", None]
    assert entries[1].get("t") == "120620"


def test_each_language_is_an_adaptation_set() -> None:
    asset = samples.asset()
    french = replace(samples.audio(), id="audio-fr", language="fr")
    sets = tree(replace(asset, renditions=(*asset.renditions, french))).findall(".//d:AdaptationSet", NS)
    assert [(s.get("id"), s.get("lang")) for s in sets] == [("0", None), ("1", "en"), ("2", "fr")]


def test_a_whole_frame_rate_is_no_fraction() -> None:
    asset = samples.asset()
    root = tree(replace(asset, renditions=(replace(asset.videos[0], frame_rate=(25, 1)),)))
    assert find(root, ".//d:Representation").get("frameRate") == "25"


def test_a_live_presentation_says_when_it_began_and_when_to_ask_again() -> None:
    root = tree(samples.asset(), Settings(live_from_ms=1_700_000_000_123), 1_700_000_004_200)
    assert root.get("type") == "dynamic"
    assert root.get("availabilityStartTime") == "2023-11-14T22:13:20.123Z"
    assert root.get("publishTime") == "2023-11-14T22:13:24.127Z"
    assert root.get("minimumUpdatePeriod") == "PT2.000S"
    assert root.get("timeShiftBufferDepth") == "PT60.000S"
    assert root.get("mediaPresentationDuration") is None
    assert times(find(root, ".//d:Representation[@id='audio']")) == [(0, 96256), (96256, 95232)]


def test_a_live_presentation_that_has_ended_isn_t_asked_for_again() -> None:
    root = tree(samples.asset(), Settings(live_from_ms=0), 60_000)
    assert root.get("minimumUpdatePeriod") is None
    assert root.get("mediaPresentationDuration") == "PT5.038S"


def test_a_live_presentation_before_its_first_segment_has_an_empty_period() -> None:
    root = tree(samples.asset(), Settings(live_from_ms=5000), 0)
    assert len(find(root, "d:Period")) == 0
