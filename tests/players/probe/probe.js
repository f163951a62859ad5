/**
 * Plays a URL with one of the player libraries, and reports how that went:
 * `await probe(library, url, seconds)` in the page.
 */

const GIVE_UP_AFTER_MS = 30_000;

/** Each loads its script, begins to play `url` in `video`, and tells `onError` what the library reports. */
const LIBRARIES = {
  "hls.js": async (video, url, onError) => {
    await loadScript("/modules/hls.js/dist/hls.min.js");
    const player = new Hls();
    player.on(Hls.Events.ERROR, (_, { type, details, response }) =>
      onError(`${type} ${details} ${response?.code ?? ""}`),
    );
    player.loadSource(url);
    player.attachMedia(video);
  },
  "dash.js": async (video, url, onError) => {
    await loadScript("/modules/dashjs/dist/modern/umd/dash.all.min.js");
    const player = dashjs.MediaPlayer().create();
    player.on(dashjs.MediaPlayer.events.ERROR, ({ error }) =>
      onError(`${error.code ?? ""} ${error.message ?? error}`),
    );
    player.initialize(video, url, true);
  },
  shaka: async (video, url, onError) => {
    await loadScript("/modules/shaka-player/dist/shaka-player.compiled.js");
    const player = new shaka.Player();
    const tell = (error) => onError(`shaka ${error.code} ${(error.data ?? []).join(" ")}`);
    player.addEventListener("error", ({ detail }) => tell(detail));
    await player.attach(video);
    await player.load(url).catch(tell);
  },
};

window.probe = async (library, url, seconds) => {
  const video = document.getElementById("video");
  const report = { library, playedS: 0, stalls: 0, stalledMs: 0, startupMs: null, errors: [] };
  const startedMs = performance.now();
  watch(video, report, startedMs);
  await LIBRARIES[library](video, url, (text) => report.errors.push(text.trim()));
  video.play().catch((error) => report.errors.push(error.message));
  await played(video, seconds);
  const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
  Object.assign(report, {
    playedS: secondsPlayed(video),
    frames: totalVideoFrames,
    droppedFrames: droppedVideoFrames,
    height: video.videoHeight,
  });
  document.getElementById("report").textContent = JSON.stringify(report, null, 2);
  return report;
};

function watch(video, report, startedMs) {
  let stalledSinceMs = null;
  video.addEventListener("playing", () => {
    report.startupMs ??= performance.now() - startedMs;
    if (stalledSinceMs !== null) report.stalledMs += performance.now() - stalledSinceMs;
    stalledSinceMs = null;
  });
  video.addEventListener("waiting", () => {
    if (report.startupMs === null || video.seeking || stalledSinceMs !== null) return;
    report.stalls += 1;
    stalledSinceMs = performance.now();
  });
  video.addEventListener("error", () => report.errors.push(video.error.message));
}

function played(video, seconds) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, GIVE_UP_AFTER_MS);
    video.addEventListener("timeupdate", () => {
      if (secondsPlayed(video) < seconds) return;
      clearTimeout(timer);
      resolve();
    });
  });
}

function secondsPlayed(video) {
  const { played } = video;
  return Array.from({ length: played.length }, (_, i) => played.end(i) - played.start(i)).reduce(
    (a, b) => a + b,
    0,
  );
}

function loadScript(src) {
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${src} could not be loaded`));
    document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror }));
  });
}
