/** What the page shows beside the video: figures, requests, and where each segment came from. */

/** @import { Engine } from "./engine.js" */
/** @import { Segment } from "./presentation.js" */
/** @import { Quality } from "./quality.js" */
/** @import { RequestRecord, Source } from "./requests.js" */

const ROWS = 100;

/** @type {Record<Source, string>} */
const SOURCE_NAMES = {
  edge: "Edge hit",
  peer: "Peer hit",
  origin: "Origin",
  direct: "No cache",
  browser: "Browser",
  none: "No answer",
};

export class Page {
  constructor() {
    /** @type {Record<Source, number>} */
    this.counts = { edge: 0, peer: 0, origin: 0, direct: 0, browser: 0, none: 0 };
    this.playhead = create("i", "playhead");
    element("strip").append(this.playhead);
  }

  /** @param {string} asset @param {string} protocol */
  showChoice(asset, protocol) {
    const form = /** @type {HTMLFormElement} */ (element("choice"));
    /** @type {HTMLInputElement} */ (form.elements.namedItem("asset")).value = asset;
    for (const radio of form.querySelectorAll('input[type="radio"]')) {
      /** @type {HTMLInputElement} */ (radio).checked =
        /** @type {HTMLInputElement} */ (radio).value === protocol;
      radio.addEventListener("change", () => form.requestSubmit());
    }
  }

  /** @param {string} text */
  showError(text) {
    this.showNotice("");
    element("error").textContent = text;
    element("error").hidden = false;
  }

  /** @param {string} text empty when there is nothing to say */
  showNotice(text) {
    element("notice").textContent = text;
    element("notice").hidden = text === "";
  }

  /** @param {RequestRecord} record */
  addRequest(record) {
    this.counts[record.source] += 1;
    const rows = element("rows");
    rows.prepend(rowOf(record));
    if (rows.children.length > ROWS) rows.lastElementChild?.remove();
    if (record.edge !== "") figure("edge", record.edge);
    this.showCounts();
  }

  showCounts() {
    const { edge, peer, origin } = this.counts;
    const shown = Object.entries(this.counts).filter(([, count]) => count > 0);
    element("sources").replaceChildren(
      ...shown.map(([source, count]) => {
        const item = create("li", source, SOURCE_NAMES[/** @type {Source} */ (source)]);
        item.append(create("b", "", String(count)));
        return item;
      }),
    );
    const total = edge + peer + origin;
    element("total").textContent = total === 0 ? "" : `${Math.round((100 * (edge + peer)) / total)} % hits`;
  }

  /** @param {Segment} segment @param {RequestRecord} record @param {number} durationS */
  addSegment(segment, record, durationS) {
    const cell = create("i", record.source);
    cell.style.left = `${(100 * segment.start) / durationS}%`;
    cell.style.width = `${(100 * (segment.end - segment.start)) / durationS}%`;
    cell.title = `${record.label}: ${SOURCE_NAMES[record.source]} ${record.edge}`;
    element("strip").insertBefore(cell, this.playhead);
  }

  /** @param {HTMLVideoElement} video @param {Engine} engine @param {Quality} quality */
  showFigures(video, engine, quality) {
    this.playhead.style.left = `${(100 * video.currentTime) / (video.duration || 1)}%`;
    figure("rendition", engine.rendition || "–");
    const { measured, estimateBps } = engine.throughput;
    figure("throughput", measured ? `${decimal(estimateBps / 1e6)} Mbit/s` : "–");
    figure("buffer", `${decimal(engine.bufferS)} s`);
    figure("startup", quality.startupMs === null ? "–" : `${Math.round(quality.startupMs)} ms`);
    figure("played", `${decimal(quality.playedS)} s`);
    figure(
      "stalls",
      quality.stalls === 0 ? "0" : `${quality.stalls} · ${decimal(quality.stalledMs / 1000)} s`,
    );
    figure("dropped", String(quality.droppedFrames));
  }
}

/** @param {RequestRecord} record */
function rowOf(record) {
  const row = create("tr", record.status >= 200 && record.status < 400 ? "" : "failed");
  const cacheStatus = create("td", "header", record.cacheStatus || "–");
  cacheStatus.title = record.cacheStatus;
  const object = create("td", "", record.label);
  object.title = record.url;
  row.append(
    object,
    create("td", "number", record.status === 0 ? "–" : String(record.status)),
    create("td", "number", record.bytes.toLocaleString("en")),
    create("td", "number", record.ms < 10 ? decimal(record.ms) : String(Math.round(record.ms))),
    create("td", `source ${record.source}`, SOURCE_NAMES[record.source]),
    create("td", "", record.edge || "–"),
    create("td", "number", record.ageS === null ? "–" : String(record.ageS)),
    cacheStatus,
  );
  return row;
}

/** @param {string} name @param {string} text */
function figure(name, text) {
  const target = document.querySelector(`[data-figure="${name}"]`);
  if (target) target.textContent = text;
}

/** @param {string} tag @param {string} [className] @param {string} [text] */
function create(tag, className = "", text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

/** @param {string} id @returns {HTMLElement} */
function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {number} value */
function decimal(value) {
  return value.toFixed(1);
}
