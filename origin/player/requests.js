/**
 * Fetches with a record of each: what was asked, how long it took, and which cache answered.
 *
 * Every object of the page (playlists, init and media segments) passes through `Requests.get`, so its records
 * are the whole of what the table shows and what the throughput estimate stands on.
 */

/** Waits before the attempts after the first: 12 seconds in all for an edge or its origin to recover. */
const RETRY_AFTER_MS = [500, 1000, 2000, 3000, 6000];

const TRANSIENT_STATUS = new Set([408, 429, 500, 502, 503, 504]);

/**
 * Who answered, nearest first. `direct` means that no cache said anything, since the page talks to the
 * origin itself; `none`, that no answer came.
 * @typedef {"browser" | "edge" | "peer" | "origin" | "direct" | "none"} Source
 *
 * @typedef {object} RequestRecord
 * @property {string} url
 * @property {string} label what the table calls the object
 * @property {number} status 0 when no answer came
 * @property {number} bytes length of the body
 * @property {number} ms from asking to the last byte
 * @property {string} cacheStatus the header as received, or an empty string
 * @property {string} edge name of the cache nearest to this page, or an empty string
 * @property {number | null} ageS
 * @property {Source} source
 *
 * @typedef {{ cache: string, parameters: Map<string, string> }} CacheStatusMember
 */

/** A plain sentence for the viewer; `url` names the object. */
export class RequestFailed extends Error {
  /** @param {string} message @param {string} url @param {number} status */
  constructor(message, url, status) {
    super(message);
    this.name = "RequestFailed";
    this.url = url;
    this.status = status;
  }
}

export class Requests {
  /** @param {(record: RequestRecord) => void} onRecord @param {(text: string) => void} onTrouble */
  constructor(onRecord, onTrouble) {
    /** @type {RequestRecord[]} */
    this.records = [];
    this.onRecord = onRecord;
    this.onTrouble = onTrouble;
    // The browser keeps 250 timings and then stops; old ones are of no use here.
    performance.addEventListener("resourcetimingbufferfull", () => performance.clearResourceTimings());
  }

  /**
   * The body of `url`. Transient failures are tried again; anything else throws RequestFailed, and an abort
   * throws the signal's AbortError.
   * @param {string} url @param {string} label @param {AbortSignal} [signal]
   * @returns {Promise<{ body: ArrayBuffer, record: RequestRecord }>}
   */
  async get(url, label, signal) {
    for (let attempt = 0; ; attempt += 1) {
      const { body, record } = await this.attempt(url, label, signal);
      if (record.status >= 200 && record.status < 300) {
        if (attempt > 0) this.onTrouble("");
        return { body, record };
      }
      const failure = new RequestFailed(explain(label, record.status, body), url, record.status);
      const transient = record.status === 0 || TRANSIENT_STATUS.has(record.status);
      if (!transient || attempt === RETRY_AFTER_MS.length) throw failure;
      this.onTrouble(`${failure.message} Trying again.`);
      await delay(RETRY_AFTER_MS[attempt], signal);
    }
  }

  /** @param {string} url @param {string} label @param {AbortSignal} [signal] */
  async attempt(url, label, signal) {
    const startedMs = performance.now();
    let response = null;
    let body = new ArrayBuffer(0);
    try {
      response = await fetch(url, { signal });
      body = await response.arrayBuffer();
    } catch (error) {
      if (signal?.aborted) throw error;
      response = null; // no connection, or a body that broke off: both count as no answer
    }
    const record = describe(url, label, response, body.byteLength, performance.now() - startedMs);
    this.records.push(record);
    this.onRecord(record);
    return { body, record };
  }
}

/**
 * @param {string} url @param {string} label @param {Response | null} response @param {number} bytes
 * @param {number} ms @returns {RequestRecord}
 */
function describe(url, label, response, bytes, ms) {
  const cacheStatus = response?.headers.get("Cache-Status") ?? "";
  const age = response?.headers.get("Age") ?? null;
  const members = parseCacheStatus(cacheStatus);
  return {
    url,
    label,
    status: response?.status ?? 0,
    bytes,
    ms,
    cacheStatus,
    edge: members.at(-1)?.cache ?? "",
    ageS: age === null ? null : Number(age),
    source: response === null ? "none" : cameFromBrowserCache(url) ? "browser" : sourceOf(members),
  };
}

/** @param {string} url */
function cameFromBrowserCache(url) {
  const timing = /** @type {PerformanceResourceTiming | undefined} */ (
    performance.getEntriesByName(url, "resource").at(-1)
  );
  return timing !== undefined && timing.transferSize === 0 && timing.decodedBodySize > 0;
}

/**
 * Members of a Cache-Status field (RFC 9211), the cache nearest to the origin first, as the field has them.
 * @param {string} text @returns {CacheStatusMember[]}
 */
export function parseCacheStatus(text) {
  const members = splitOutsideQuotes(text, ",").map((member) => {
    const [cache, ...rest] = splitOutsideQuotes(member, ";");
    const pairs = rest.map((parameter) => {
      const [name, ...value] = parameter.split("=");
      return /** @type {[string, string]} */ ([name, unquote(value.join("="))]);
    });
    return { cache: unquote(cache), parameters: new Map(pairs) };
  });
  return members.filter((member) => member.cache !== "");
}

/** @param {CacheStatusMember[]} members @returns {Source} */
function sourceOf(members) {
  if (members.length === 0) return "direct";
  if (members[members.length - 1].parameters.has("hit")) return "edge";
  return members.some((member) => member.parameters.has("hit")) ? "peer" : "origin";
}

/** @param {string} text @param {string} separator */
function splitOutsideQuotes(text, separator) {
  const pieces = [""];
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    if (quoted && text[i] === "\\") pieces[pieces.length - 1] += text[i++];
    else if (text[i] === '"') quoted = !quoted;
    if (!quoted && text[i] === separator) pieces.push("");
    else pieces[pieces.length - 1] += text[i] ?? "";
  }
  return pieces.map((piece) => piece.trim());
}

/** @param {string} text */
function unquote(text) {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/g, "$1") : text;
}

/** @param {string} label @param {number} status @param {ArrayBuffer} body */
function explain(label, status, body) {
  if (status === 0) return `The ${label} could not be fetched: the server did not answer, or broke off.`;
  return `The ${label} could not be fetched: ${status}${reasonIn(body)}.`;
}

/** The message of Headwater's JSON error bodies, when this is one. @param {ArrayBuffer} body */
function reasonIn(body) {
  try {
    const { message } = JSON.parse(new TextDecoder().decode(body));
    return typeof message === "string" ? `, ${message.replace(/\.$/, "")}` : "";
  } catch {
    return "";
  }
}

/** @param {number} ms @param {AbortSignal} [signal] @returns {Promise<void>} */
function delay(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
