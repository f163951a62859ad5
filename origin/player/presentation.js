/**
 * The one shape in which both protocols' manifests are read, so that the engine knows of neither.
 * Times are seconds on the presentation's timeline; URLs are absolute.
 */

/**
 * @typedef {object} Segment
 * @property {number} number as the packager counts
 * @property {string} url
 * @property {number} start
 * @property {number} end
 *
 * @typedef {object} SegmentList
 * @property {string} init URL of the initialization segment
 * @property {number} timestampOffset seconds to add to the media's own times
 * @property {Segment[]} list in order of time, not empty
 *
 * @typedef {object} Rendition
 * @property {string} name such as 720p, or audio
 * @property {string} mime with codecs, as `MediaSource.isTypeSupported` wants it
 * @property {number} bandwidth peak bits per second; 0 where the manifest does not say
 * @property {() => Promise<SegmentList>} segments fetched at the first call where the protocol needs that
 *
 * @typedef {object} Presentation
 * @property {number} duration
 * @property {Rendition[]} video
 * @property {Rendition[]} audio empty when the sound is muxed into the video, or there is none
 *
 * @typedef {(url: string, label: string) => Promise<string>} LoadText
 */

/** The manifest breaks its specification, or asks for what this player does not do. */
export class ManifestError extends Error {
  name = "ManifestError";
}
