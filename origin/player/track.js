/**
 * Keeps one SourceBuffer filled ahead of the playhead: one segment at a time, fetched, then appended.
 *
 * `position` is where the next segment begins. A seek moves it and aborts the download under way; nothing
 * else moves it but a segment that was appended.
 */

import { chooseRendition } from "./choice.js";

/** @import { Throughput } from "./choice.js" */
/** @import { Rendition, Segment, SegmentList } from "./presentation.js" */
/** @import { RequestRecord, Requests } from "./requests.js" */

/** @typedef {(segment: Segment, record: RequestRecord) => void} OnSegment */

const BUFFER_GOAL_S = 20;
const KEEP_BEHIND_S = 30;

/** What is kept behind the playhead when the browser's memory for media is full. */
const KEEP_BEHIND_FULL_S = 4;

/** Times of manifests are rounded; a segment with less than this still to come counts as behind. */
const ROUNDING_S = 0.05;

export class Track {
  /**
   * @param {HTMLVideoElement} video @param {SourceBuffer} buffer @param {Rendition[]} renditions not empty
   * @param {Requests} requests @param {Throughput} throughput @param {OnSegment} onSegment after each fetch
   */
  constructor(video, buffer, renditions, requests, throughput, onSegment) {
    this.video = video;
    this.buffer = buffer;
    this.renditions = renditions;
    this.requests = requests;
    this.throughput = throughput;
    this.onSegment = onSegment;
    /** @type {Rendition | null} */
    this.rendition = null;
    this.position = 0;
    this.ended = false;
    this.download = new AbortController();
    /** @type {Map<string, ArrayBuffer>} */
    this.inits = new Map();
  }

  /** Seconds fetched ahead of the playhead. */
  get aheadS() {
    return this.position - this.video.currentTime;
  }

  /** @param {number} time */
  seek(time) {
    this.position = this.bufferedUntil(time);
    this.ended = false;
    this.download.abort();
    this.download = new AbortController();
  }

  /**
   * Feeds the buffer until the page goes away; throws what cannot be recovered from.
   * @param {() => void} onProgress after each segment, and at the end
   */
  async run(onProgress) {
    for (;;) {
      const { signal } = this.download;
      try {
        if (this.ended || this.aheadS >= BUFFER_GOAL_S) await nextEvent(this.video, "timeupdate", signal);
        else await this.feed(signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
      onProgress();
    }
  }

  /** Fetches and appends the next segment. @param {AbortSignal} signal */
  async feed(signal) {
    const rendition = chooseRendition(this.renditions, this.throughput.estimateBps, this.rendition);
    const segments = await rendition.segments();
    const segment = segments.list.find(({ end }) => end > this.position + ROUNDING_S);
    if (segment === undefined) {
      this.ended = !signal.aborted;
      return;
    }
    const init = await this.initOf(rendition, segments, signal);
    const { body, record } = await this.requests.get(
      segment.url,
      `${rendition.name} segment ${segment.number}`,
      signal,
    );
    this.onSegment(segment, record);
    if (rendition !== this.rendition) {
      this.buffer.changeType(rendition.mime);
      this.buffer.timestampOffset = segments.timestampOffset;
      await this.append(init);
      this.rendition = rendition;
    }
    await this.append(body);
    await this.evict(KEEP_BEHIND_S);
    if (!signal.aborted) this.position = segment.end;
  }

  /** @param {Rendition} rendition @param {SegmentList} segments @param {AbortSignal} signal */
  async initOf(rendition, segments, signal) {
    const known = this.inits.get(segments.init);
    if (known) return known;
    const { body } = await this.requests.get(segments.init, `${rendition.name} init`, signal);
    this.inits.set(segments.init, body);
    return body;
  }

  /** @param {ArrayBuffer} bytes */
  async append(bytes) {
    try {
      this.buffer.appendBuffer(bytes);
    } catch (error) {
      if (/** @type {DOMException} */ (error).name !== "QuotaExceededError") throw error;
      await this.evict(KEEP_BEHIND_FULL_S);
      this.buffer.appendBuffer(bytes);
    }
    await updated(this.buffer);
  }

  /** @param {number} keepS */
  async evict(keepS) {
    const end = this.video.currentTime - keepS;
    if (this.buffer.buffered.length === 0 || this.buffer.buffered.start(0) >= end) return;
    this.buffer.remove(0, end);
    await updated(this.buffer);
  }

  /** The end of the buffered range that holds `time`, or `time` itself. @param {number} time */
  bufferedUntil(time) {
    const { buffered } = this.buffer;
    for (let i = 0; i < buffered.length; i += 1) {
      if (buffered.start(i) <= time && time < buffered.end(i)) return buffered.end(i);
    }
    return time;
  }
}

/** @param {SourceBuffer} buffer @returns {Promise<void>} */
function updated(buffer) {
  return new Promise((resolve, reject) => {
    buffer.onupdateend = () => resolve();
    buffer.onerror = () => reject(new Error("The browser could not decode a segment."));
  });
}

/** @param {EventTarget} target @param {string} name @param {AbortSignal} signal @returns {Promise<void>} */
function nextEvent(target, name, signal) {
  return new Promise((resolve) => {
    const settle = () => {
      target.removeEventListener(name, settle);
      signal.removeEventListener("abort", settle);
      resolve();
    };
    target.addEventListener(name, settle);
    signal.addEventListener("abort", settle);
  });
}
