/** Plays a presentation by Media Source Extensions: one track for the pictures, one for the sound. */

import { Throughput } from "./choice.js";
import { Track } from "./track.js";

/** @import { Presentation, Rendition, Segment } from "./presentation.js" */
/** @import { RequestRecord, Requests } from "./requests.js" */
/** @import { OnSegment } from "./track.js" */

/** A hole between buffered ranges that is jumped over: encoders often begin a frame late. */
const LONGEST_GAP_S = 0.5;

/** HTMLMediaElement.HAVE_FUTURE_DATA: the next frame is there. */
const HAVE_FUTURE_DATA = 3;

export class Engine {
  /**
   * @param {HTMLVideoElement} video @param {Requests} requests
   * @param {OnSegment} onSegment called for each segment of the pictures
   */
  constructor(video, requests, onSegment) {
    this.video = video;
    this.requests = requests;
    this.onSegment = onSegment;
    this.throughput = new Throughput();
    this.source = new MediaSource();
    /** @type {Track[]} pictures first */
    this.tracks = [];
  }

  /** Name of the rendition being fetched, or an empty string before the first segment. */
  get rendition() {
    return this.tracks[0]?.rendition?.name ?? "";
  }

  /** Seconds that can be played without another byte. */
  get bufferS() {
    return this.tracks.length === 0 ? 0 : Math.max(0, Math.min(...this.tracks.map((track) => track.aheadS)));
  }

  /**
   * Fetches and plays until the page goes away; throws what cannot be recovered from.
   * @param {Presentation} presentation
   */
  async play({ duration, video, audio }) {
    await this.open();
    this.source.duration = duration;
    const measure = (/** @type {Segment} */ segment, /** @type {RequestRecord} */ record) => {
      if (record.source !== "browser") this.throughput.add(record.bytes, record.ms);
      this.onSegment(segment, record);
    };
    this.addTrack(video, measure);
    if (audio.length > 0) this.addTrack(audio, () => {});
    this.video.addEventListener("seeking", () => this.seek());
    await Promise.race([this.decoding(), ...this.tracks.map((track) => track.run(() => this.progressed()))]);
  }

  /** @param {Rendition[]} renditions @param {OnSegment} onSegment */
  addTrack(renditions, onSegment) {
    const buffer = this.source.addSourceBuffer(renditions[0].mime);
    this.tracks.push(new Track(this.video, buffer, renditions, this.requests, this.throughput, onSegment));
  }

  async open() {
    const opened = new Promise((resolve) =>
      this.source.addEventListener("sourceopen", resolve, { once: true }),
    );
    this.video.src = URL.createObjectURL(this.source);
    await opened;
    URL.revokeObjectURL(this.video.src);
  }

  seek() {
    for (const track of this.tracks) track.seek(this.video.currentTime);
  }

  progressed() {
    this.jumpGap();
    const complete = this.tracks.every((track) => track.ended);
    if (complete && this.source.readyState === "open") this.source.endOfStream();
  }

  jumpGap() {
    const { buffered, currentTime, readyState } = this.video;
    if (readyState >= HAVE_FUTURE_DATA || this.bufferS === 0) return;
    for (let i = 0; i < buffered.length; i += 1) {
      const gap = buffered.start(i) - currentTime;
      if (gap > 0 && gap <= LONGEST_GAP_S) this.video.currentTime = buffered.start(i);
    }
  }

  /** Rejects when the browser gives up on the media. @returns {Promise<never>} */
  decoding() {
    return new Promise((_, reject) => {
      this.video.addEventListener("error", () => {
        reject(
          new Error(`The browser cannot play this video: ${this.video.error?.message || "unknown reason"}.`),
        );
      });
    });
  }
}
