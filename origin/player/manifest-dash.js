/**
 * DASH (ISO/IEC 23009-1): one static period, SegmentTemplate with a SegmentTimeline or a fixed duration.
 * Anything else is refused with its element named.
 */

import { ManifestError } from "./presentation.js";

/** @import { LoadText, Presentation, Rendition, Segment, SegmentList } from "./presentation.js" */

/**
 * @param {string} url @param {LoadText} load
 * @returns {Promise<Presentation>}
 */
export async function readMpd(url, load) {
  return parseMpd(await load(url, "MPD"), url);
}

/** @param {string} text @param {string} url @returns {Presentation} */
export function parseMpd(text, url) {
  const mpd = new DOMParser().parseFromString(text, "text/xml").documentElement;
  if (mpd.localName !== "MPD")
    throw new ManifestError("The answer is no DASH manifest: its root is not an MPD.");
  if (mpd.getAttribute("type") === "dynamic") {
    throw new ManifestError("The MPD is live (dynamic): only video on demand is played here.");
  }
  const periods = childrenOf(mpd, "Period");
  if (periods.length !== 1)
    throw new ManifestError(`The MPD has ${periods.length} periods; this player plays one.`);
  const duration = secondsOf(
    periods[0].getAttribute("duration") ?? mpd.getAttribute("mediaPresentationDuration"),
  );
  const sets = childrenOf(periods[0], "AdaptationSet");
  const renditions = (/** @type {string} */ kind) =>
    sets
      .filter((set) => kindOf(set) === kind)
      .slice(0, 1) // one language, one view: the first is the main one
      .flatMap((set) => childrenOf(set, "Representation"))
      .map((representation) => renditionOf(representation, kind, duration, url));
  const video = renditions("video");
  if (video.length === 0) throw new ManifestError("The MPD has no video.");
  return { duration, video, audio: renditions("audio") };
}

/** @param {Element} set */
function kindOf(set) {
  const mime = set.getAttribute("mimeType") ?? childrenOf(set, "Representation")[0]?.getAttribute("mimeType");
  return set.getAttribute("contentType") ?? mime?.split("/")[0];
}

/**
 * @param {Element} representation @param {string} kind @param {number} duration @param {string} url
 * @returns {Rendition}
 */
function renditionOf(representation, kind, duration, url) {
  if (lineage(representation).some((element) => childrenOf(element, "ContentProtection").length > 0)) {
    throw new ManifestError(
      "The MPD's media are encrypted (ContentProtection), which this player does not play.",
    );
  }
  const height = inherited(representation, "height");
  const segments = segmentsOf(representation, duration, url);
  return {
    name: kind === "video" && height ? `${height}p` : kind,
    mime: `${inherited(representation, "mimeType")}; codecs="${inherited(representation, "codecs")}"`,
    bandwidth: Number(representation.getAttribute("bandwidth")),
    segments: async () => segments,
  };
}

/**
 * @param {Element} representation @param {number} duration @param {string} url
 * @returns {SegmentList}
 */
function segmentsOf(representation, duration, url) {
  const template = mergedTemplate(representation);
  const timescale = Number(template.attributes.get("timescale") ?? 1);
  const offset = Number(template.attributes.get("presentationTimeOffset") ?? 0);
  const base = baseUrlOf(representation, url);
  const times = template.timeline
    ? expand(template.timeline, offset + duration * timescale)
    : regular(Number(template.attributes.get("duration")), offset, duration * timescale);
  const first = Number(template.attributes.get("startNumber") ?? 1);
  const fill = (/** @type {string} */ name, /** @type {Record<string, number>} */ values) =>
    new URL(fillTemplate(template.attributes.get(name), representation, values), base).href;
  const list = times.map(([t, d], i) => ({
    number: first + i,
    url: fill("media", { Number: first + i, Time: t }),
    start: (t - offset) / timescale,
    end: (t + d - offset) / timescale,
  }));
  if (list.length === 0) throw new ManifestError("A SegmentTemplate of the MPD yields no segment.");
  return { init: fill("initialization", {}), timestampOffset: -offset / timescale, list };
}

/**
 * Attributes and timeline of the SegmentTemplate, which a lower level overrides.
 * @param {Element} representation
 */
function mergedTemplate(representation) {
  const templates = lineage(representation).flatMap((element) => childrenOf(element, "SegmentTemplate"));
  if (templates.length === 0)
    throw new ManifestError("The MPD has a Representation without SegmentTemplate.");
  const attributes = new Map();
  for (const { name, value } of templates.flatMap((template) => [...template.attributes]))
    attributes.set(name, value);
  const timeline = templates.flatMap((template) => childrenOf(template, "SegmentTimeline")).at(-1);
  if (!timeline && !attributes.has("duration")) {
    throw new ManifestError("The MPD has a SegmentTemplate with neither SegmentTimeline nor duration.");
  }
  return { attributes, timeline };
}

/**
 * Times and durations of the `S` elements in ticks; `r` of -1 repeats to the next `t` or the period's end.
 * @param {Element} timeline @param {number} endTicks @returns {[number, number][]}
 */
function expand(timeline, endTicks) {
  /** @type {[number, number][]} */
  const times = [];
  const entries = childrenOf(timeline, "S");
  let t = 0;
  for (const [i, entry] of entries.entries()) {
    t = Number(entry.getAttribute("t") ?? t);
    const d = Number(entry.getAttribute("d"));
    if (!(d > 0)) throw new ManifestError("The MPD has a SegmentTimeline entry without a positive duration.");
    const repeat = Number(entry.getAttribute("r") ?? 0);
    const until = Number(entries[i + 1]?.getAttribute("t") ?? endTicks);
    const count = repeat < 0 ? Math.ceil((until - t) / d) : repeat + 1;
    for (let k = 0; k < count; k += 1, t += d) times.push([t, d]);
  }
  return times;
}

/** @param {number} d @param {number} offset @param {number} totalTicks @returns {[number, number][]} */
function regular(d, offset, totalTicks) {
  return Array.from({ length: Math.ceil(totalTicks / d) }, (_, i) => [offset + i * d, d]);
}

/**
 * @param {string | undefined} template @param {Element} representation @param {Record<string, number>} values
 */
function fillTemplate(template, representation, values) {
  if (template === undefined)
    throw new ManifestError("A SegmentTemplate of the MPD lacks media or initialization.");
  return template.replace(/\$(\w*)(?:%0(\d+)d)?\$/g, (whole, name, width) => {
    if (name === "") return "$";
    if (name === "RepresentationID") return representation.getAttribute("id") ?? "";
    const value = name === "Bandwidth" ? representation.getAttribute("bandwidth") : values[name];
    if (value === undefined)
      throw new ManifestError(`A SegmentTemplate of the MPD holds ${whole}, which has no meaning there.`);
    return String(value).padStart(Number(width ?? 1), "0");
  });
}

/** @param {Element} representation @param {string} url */
function baseUrlOf(representation, url) {
  return lineage(representation)
    .flatMap((element) => childrenOf(element, "BaseURL").slice(0, 1))
    .reduce((base, element) => new URL((element.textContent ?? "").trim(), base).href, url);
}

/** From the MPD down to the element. @param {Element} element @returns {Element[]} */
function lineage(element) {
  return element.parentElement ? [...lineage(element.parentElement), element] : [element];
}

/** @param {Element} element @param {string} name */
function inherited(element, name) {
  return (
    lineage(element)
      .map((level) => level.getAttribute(name))
      .findLast((value) => value !== null) ?? ""
  );
}

/** @param {Element} element @param {string} name */
function childrenOf(element, name) {
  return [...element.children].filter((child) => child.localName === name);
}

/** An xs:duration of days and smaller in seconds. @param {string | null} text */
function secondsOf(text) {
  const parts = text?.match(/^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?$/);
  if (!parts) throw new ManifestError("The MPD does not say how long it lasts.");
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0));
  return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
}
