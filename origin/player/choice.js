/** Which rendition to fetch next, by the throughput of the segments fetched before. */

/** @import { Rendition } from "./presentation.js" */

/** Assumed until the first segment has been measured. */
const FIRST_GUESS_BPS = 1_500_000;

/** Below this the time is the round trip's, and says little of the bandwidth. */
const SMALLEST_SAMPLE_BYTES = 8_192;

/** Part of the estimate that a rendition may need: less to enter it than to remain, so that it does not flap. */
const SHARE_TO_ENTER = 0.8;
const SHARE_TO_REMAIN = 0.95;

/** Two moving averages, one quick and one slow; the lower one counts, so that it falls fast and rises slowly. */
export class Throughput {
  constructor() {
    this.quickBps = 0;
    this.slowBps = 0;
  }

  /** @param {number} bytes @param {number} ms */
  add(bytes, ms) {
    if (bytes < SMALLEST_SAMPLE_BYTES) return;
    const sampleBps = (bytes * 8_000) / Math.max(ms, 1);
    this.quickBps = this.quickBps ? this.quickBps + 0.5 * (sampleBps - this.quickBps) : sampleBps;
    this.slowBps = this.slowBps ? this.slowBps + 0.15 * (sampleBps - this.slowBps) : sampleBps;
  }

  /** Bits per second. */
  get estimateBps() {
    return Math.min(this.quickBps, this.slowBps) || FIRST_GUESS_BPS;
  }
}

/**
 * The best rendition that fits, or the lowest when none does.
 * @param {Rendition[]} renditions by rising bandwidth @param {number} estimateBps @param {Rendition | null} current
 */
export function chooseRendition(renditions, estimateBps, current) {
  const fits = (/** @type {Rendition} */ rendition) =>
    rendition.bandwidth <= estimateBps * (rendition === current ? SHARE_TO_REMAIN : SHARE_TO_ENTER);
  return renditions.findLast(fits) ?? renditions[0];
}
