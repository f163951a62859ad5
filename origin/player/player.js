/**
 * The player page: plays `?asset=ID&protocol=hls|dash` from the server that served the page.
 *
 * Its state stands on `window.headwater`, for tests and for the curious.
 */

import { Engine } from "./engine.js";
import { PROTOCOLS, openPresentation } from "./manifest.js";
import { Page } from "./page.js";
import { Quality } from "./quality.js";
import { Requests } from "./requests.js";

const REFRESH_MS = 250;

const query = new URLSearchParams(location.search);
const asset = query.get("asset")?.trim() ?? "";
const protocol = query.get("protocol") ?? "hls";

const video = /** @type {HTMLVideoElement} */ (document.getElementById("video"));
const page = new Page();
const quality = new Quality(video, () => performance.now());
const requests = new Requests(
  (record) => page.addRequest(record),
  (text) => page.showNotice(text),
);
const engine = new Engine(video, requests, (segment, record) =>
  page.addSegment(segment, record, video.duration),
);
/** @type {string[]} */
const errors = [];

Object.assign(window, {
  headwater: Object.freeze({
    asset,
    protocol,
    errors,
    requests: requests.records,
    get playedS() {
      return quality.playedS;
    },
    get startupMs() {
      return quality.startupMs;
    },
    get stalls() {
      return quality.stalls;
    },
    get stalledMs() {
      return quality.stalledMs;
    },
    get droppedFrames() {
      return quality.droppedFrames;
    },
    get rendition() {
      return engine.rendition;
    },
    get bufferS() {
      return engine.bufferS;
    },
    get throughputBps() {
      return engine.throughput.estimateBps;
    },
    get sources() {
      return { ...page.counts };
    },
  }),
});

async function start() {
  if (asset === "") throw new Error("No asset is named: give its id above, or in the address as ?asset=ID.");
  if (!isProtocol(protocol)) throw new Error(`The protocol "${protocol}" is unknown: choose hls or dash.`);
  if (!("MediaSource" in window))
    throw new Error("This browser has no Media Source Extensions, which the player needs.");
  const presentation = await openPresentation(protocol, asset, requests);
  setInterval(() => page.showFigures(video, engine, quality), REFRESH_MS);
  await engine.play(presentation);
}

/** @param {string} name @returns {name is keyof typeof PROTOCOLS} */
function isProtocol(name) {
  return Object.hasOwn(PROTOCOLS, name);
}

page.showChoice(asset, protocol);
start().catch((error) => {
  errors.push(error.message);
  page.showError(error.message);
});
