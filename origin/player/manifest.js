/** Opens an asset's manifest by either protocol, and keeps what this browser can play. */

import { readMpd } from "./manifest-dash.js";
import { readMultivariant } from "./manifest-hls.js";
import { ManifestError } from "./presentation.js";

/** @import { LoadText, Presentation, Rendition } from "./presentation.js" */
/** @import { Requests } from "./requests.js" */

/** What each protocol's manifest is called below `/vod/{asset}/`, and who reads it. */
export const PROTOCOLS = {
  hls: { file: "master.m3u8", read: readMultivariant },
  dash: { file: "manifest.mpd", read: readMpd },
};

/**
 * @param {keyof typeof PROTOCOLS} protocol @param {string} asset @param {Requests} requests
 * @returns {Promise<Presentation>}
 */
export async function openPresentation(protocol, asset, requests) {
  const { file, read } = PROTOCOLS[protocol];
  const url = new URL(`/vod/${encodeURIComponent(asset)}/${file}`, location.href).href;
  /** @type {LoadText} */
  const load = async (address, label) => new TextDecoder().decode((await requests.get(address, label)).body);
  const { duration, video, audio } = await read(url, load);
  return { duration, video: playable(video, "video"), audio: playable(audio, "audio") };
}

/**
 * The renditions that this browser decodes, by rising bandwidth.
 * @param {Rendition[]} renditions @param {string} kind
 */
function playable(renditions, kind) {
  const supported = renditions.filter((rendition) => MediaSource.isTypeSupported(rendition.mime));
  if (renditions.length > 0 && supported.length === 0) {
    const offered = [...new Set(renditions.map((rendition) => rendition.mime))].join(", ");
    throw new ManifestError(`This browser can play none of the ${kind} renditions; they are ${offered}.`);
  }
  return supported.sort((a, b) => a.bandwidth - b.bandwidth);
}
