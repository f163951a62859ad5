/**
 * HLS (RFC 8216bis): a multivariant playlist, and fMP4 media playlists which are fetched when first needed.
 * On demand only, one object a segment, unencrypted; anything else is refused with its tag named.
 */

import { ManifestError } from "./presentation.js";

/** @import { LoadText, Presentation, Rendition, Segment, SegmentList } from "./presentation.js" */

/** Tags that change what the media bytes are, and that this player does not do. */
const UNSUPPORTED = ["EXT-X-BYTERANGE", "EXT-X-DISCONTINUITY", "EXT-X-I-FRAMES-ONLY"];

/**
 * @param {string} url @param {LoadText} load
 * @returns {Promise<Presentation>}
 */
export async function readMultivariant(url, load) {
  const lines = linesOf(await load(url, "multivariant playlist"));
  const variants = variantsIn(lines);
  if (variants.length === 0) {
    throw new ManifestError(
      "The playlist names no variant (EXT-X-STREAM-INF): it is no multivariant playlist.",
    );
  }
  const group = variants[0].attributes.get("AUDIO");
  const video = variants
    .filter((variant) => variant.attributes.get("AUDIO") === group)
    .map(({ attributes, uri }) =>
      videoRendition(attributes, new URL(uri, url).href, group !== undefined, load),
    );
  const audio = group === undefined ? [] : [audioRendition(lines, group, variants[0].attributes, url, load)];
  const { list } = await video[0].segments();
  return { duration: list[list.length - 1].end, video, audio };
}

/** @param {string[]} lines */
function variantsIn(lines) {
  const variants = [];
  for (const [i, line] of lines.entries()) {
    if (!line.startsWith("#EXT-X-STREAM-INF:")) continue;
    const uri = lines.slice(i + 1).find((next) => !next.startsWith("#"));
    if (uri === undefined) throw new ManifestError("An EXT-X-STREAM-INF is followed by no address.");
    variants.push({ attributes: attributesOf(line), uri });
  }
  return variants;
}

/**
 * @param {Map<string, string>} attributes @param {string} url
 * @param {boolean} soundApart @param {LoadText} load
 * @returns {Rendition}
 */
function videoRendition(attributes, url, soundApart, load) {
  const codecs = codecsOf(attributes).filter((codec) => !soundApart || !isAudio(codec));
  const name = attributes.has("RESOLUTION") ? `${attributes.get("RESOLUTION")?.split("x")[1]}p` : "video";
  return {
    name,
    mime: `video/mp4; codecs="${codecs.join(",")}"`,
    bandwidth: Number(attributes.get("BANDWIDTH")),
    segments: once(() => readMediaPlaylist(url, `${name} playlist`, load)),
  };
}

/**
 * @param {string[]} lines @param {string} group @param {Map<string, string>} variant @param {string} base
 * @param {LoadText} load @returns {Rendition}
 */
function audioRendition(lines, group, variant, base, load) {
  const media = lines
    .filter((line) => line.startsWith("#EXT-X-MEDIA:"))
    .map(attributesOf)
    .filter((attributes) => attributes.get("TYPE") === "AUDIO" && attributes.get("GROUP-ID") === group);
  const chosen = media.find((attributes) => attributes.get("DEFAULT") === "YES") ?? media[0];
  const uri = chosen?.get("URI");
  if (uri === undefined)
    throw new ManifestError(`The audio group "${group}" has no rendition with an address.`);
  return {
    name: "audio",
    mime: `audio/mp4; codecs="${codecsOf(variant).filter(isAudio).join(",")}"`,
    bandwidth: 0,
    segments: once(() => readMediaPlaylist(new URL(uri, base).href, "audio playlist", load)),
  };
}

/**
 * @param {string} url @param {string} label @param {LoadText} load
 * @returns {Promise<SegmentList>}
 */
async function readMediaPlaylist(url, label, load) {
  return parseMediaPlaylist(await load(url, label), url, label);
}

/**
 * @param {string} text @param {string} url @param {string} label
 * @returns {SegmentList}
 */
export function parseMediaPlaylist(text, url, label) {
  const lines = linesOf(text);
  refuseUnsupported(lines, label);
  const map = lines.find((line) => line.startsWith("#EXT-X-MAP:"));
  const init = map && attributesOf(map).get("URI");
  if (!init) throw new ManifestError(`The ${label} has no EXT-X-MAP: only fragmented MP4 is played here.`);
  const list = segmentsIn(lines, url);
  if (list.length === 0) throw new ManifestError(`The ${label} has no segment.`);
  return { init: new URL(init, url).href, timestampOffset: 0, list };
}

/** @param {string[]} lines @param {string} url @returns {Segment[]} */
function segmentsIn(lines, url) {
  const segments = [];
  let number = Number(valueOf(lines, "EXT-X-MEDIA-SEQUENCE") ?? 0);
  let start = 0;
  let durationS = 0;
  for (const line of lines) {
    if (line.startsWith("#EXTINF:")) durationS = Number.parseFloat(line.slice("#EXTINF:".length));
    if (line.startsWith("#")) continue;
    segments.push({ number, url: new URL(line, url).href, start, end: start + durationS });
    number += 1;
    start += durationS;
  }
  return segments;
}

/** @param {string[]} lines @param {string} label */
function refuseUnsupported(lines, label) {
  const names = new Set(lines.map((line) => line.match(/^#([A-Z0-9-]+)/)?.[1]));
  const found = UNSUPPORTED.find((name) => names.has(name));
  if (found) throw new ManifestError(`The ${label} uses ${found}, which this player does not play.`);
  if (!names.has("EXT-X-ENDLIST"))
    throw new ManifestError(`The ${label} is live: only video on demand is played here.`);
  const encrypted = lines.some(
    (line) => line.startsWith("#EXT-X-KEY:") && attributesOf(line).get("METHOD") !== "NONE",
  );
  if (encrypted) throw new ManifestError(`The ${label} is encrypted, which this player does not play.`);
}

/** @param {string} text */
function linesOf(text) {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
  if (lines[0] !== "#EXTM3U")
    throw new ManifestError("The answer is no HLS playlist: it does not begin with #EXTM3U.");
  return lines;
}

/** @param {string[]} lines @param {string} tag */
function valueOf(lines, tag) {
  return lines.find((line) => line.startsWith(`#${tag}:`))?.slice(tag.length + 2);
}

/** An attribute list; commas inside quotes are part of the value. @param {string} line */
function attributesOf(line) {
  const pairs = line.slice(line.indexOf(":") + 1).matchAll(/([A-Z0-9-]+)=("[^"]*"|[^,]*)/g);
  return new Map([...pairs].map(([, name, value]) => [name, value.replace(/^"|"$/g, "")]));
}

/** @param {Map<string, string>} attributes */
function codecsOf(attributes) {
  return (attributes.get("CODECS") ?? "").split(",").map((codec) => codec.trim());
}

/** @param {string} codec */
function isAudio(codec) {
  return /^(mp4a|opus|ac-3|ec-3|fLaC)/i.test(codec);
}

/** @template T @param {() => Promise<T>} read @returns {() => Promise<T>} */
function once(read) {
  /** @type {Promise<T> | undefined} */
  let reading;
  return () => (reading ??= read());
}
