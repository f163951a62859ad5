/** Which rendition to fetch next, by the throughput of the segments fetched before. */

/** @import { Rendition } from "./presentation.js" */

/** Assumed until the first segment has been measured. */
const FIRST_GUESS_BPS = 1_500_000;

/** Below this the time is the round trip's, and says little of the bandwidth. */
const SMALLEST_SAMPLE_BYTES = 8_192;

/** Part of the estimate that a rendition may need; less to enter it than to remain, or it would flap. */
const SHARE_TO_ENTER = 0.8;
const SHARE_TO_REMAIN = 0.95;

/** A moving average: a sample counts by the time it took, and fades by half in `halfLifeMs` of such time. */
class Average {
  /** @param {number} halfLifeMs */
  constructor(halfLifeMs) {
    this.halfLifeMs = halfLifeMs;
    this.sum = 0;
    this.weight = 0;
  }

  /** @param {number} value @param {number} tookMs */
  add(value, tookMs) {
    const kept = 0.5 ** (tookMs / this.halfLifeMs);
    this.sum = this.sum * kept + value * (1 - kept);
    this.weight = this.weight * kept + (1 - kept);
  }

  get value() {
    return this.sum / this.weight;
  }
}

/** A quick and a slow average, of which the lower counts: the estimate falls fast and rises slowly. */
export class Throughput {
  constructor() {
    this.averages = [new Average(1_000), new Average(5_000)];
  }

  /** @param {number} bytes @param {number} ms */
  add(bytes, ms) {
    if (bytes < SMALLEST_SAMPLE_BYTES) return;
    const tookMs = Math.max(ms, 1);
    for (const average of this.averages) average.add((bytes * 8_000) / tookMs, tookMs);
  }

  get measured() {
    return this.averages[0].weight > 0;
  }

  /** Bits per second; a guess until `measured`. */
  get estimateBps() {
    return this.measured ? Math.min(...this.averages.map((average) => average.value)) : FIRST_GUESS_BPS;
  }
}

/**
 * The best rendition that fits, or the lowest when none does.
 * @param {Rendition[]} renditions by rising bandwidth
 * @param {number} estimateBps
 * @param {Rendition | null} current
 */
export function chooseRendition(renditions, estimateBps, current) {
  const fits = (/** @type {Rendition} */ rendition) =>
    rendition.bandwidth <= estimateBps * (rendition === current ? SHARE_TO_REMAIN : SHARE_TO_ENTER);
  return renditions.findLast(fits) ?? renditions[0];
}
