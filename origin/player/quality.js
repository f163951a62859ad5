/** What the viewer experienced, from the events of the video element: startup, stalls, seconds played. */

export class Quality {
  /** @param {HTMLVideoElement} video @param {() => number} nowMs */
  constructor(video, nowMs) {
    this.video = video;
    this.nowMs = nowMs;
    this.openedMs = nowMs();
    /** @type {number | null} from opening the page to the first moving picture */
    this.startupMs = null;
    this.stalls = 0;
    this.stalledMs = 0;
    /** @type {number | null} */
    this.stalledSinceMs = null;
    video.addEventListener("playing", () => this.onPlaying());
    video.addEventListener("waiting", () => this.onWaiting());
  }

  onPlaying() {
    this.startupMs ??= this.nowMs() - this.openedMs;
    if (this.stalledSinceMs !== null) this.stalledMs += this.nowMs() - this.stalledSinceMs;
    this.stalledSinceMs = null;
  }

  /** Waiting before the first picture is startup, and during a seek it is the seek's: neither is a stall. */
  onWaiting() {
    if (this.startupMs === null || this.video.seeking || this.stalledSinceMs !== null) return;
    this.stalls += 1;
    this.stalledSinceMs = this.nowMs();
  }

  get playedS() {
    const { played } = this.video;
    let total = 0;
    for (let i = 0; i < played.length; i += 1) total += played.end(i) - played.start(i);
    return total;
  }

  get droppedFrames() {
    return this.video.getVideoPlaybackQuality().droppedVideoFrames;
  }
}
