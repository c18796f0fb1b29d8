// Frame numbers and the times they name, from the index file the server made for exactly this playable file.
// `shown` seconds are what video.currentTime says. Browsers cut times to microseconds and decode whichever frame covers
// the time asked for, so we seek to the middle of a frame and read with a small tolerance.

const TOLERANCE_S = 1e-5;

export class FrameIndex {
  /** `file`: the parsed index, `pts` run-length coded as [first, delta, count, ...]. */
  constructor(file) {
    if (file.v !== 1) throw new Error(`This page cannot read frame index version ${file.v}.`);
    const [numerator, denominator] = file.time_base;
    this.tick = numerator / denominator;
    this.offset = file.presentation_offset;
    this.pts = unpack(file.pts);
    this.endPts = file.end_pts;
  }

  static async load(url) {
    const response = await fetch(url, { credentials: "same-origin" });
    if (!response.ok) throw new Error(`The frame index could not be loaded (${response.status}).`);
    return new FrameIndex(await response.json());
  }

  get frameCount() {
    return this.pts.length;
  }

  /** Shown seconds at which a frame appears; `frameCount` gives the end of the last. */
  secondsOf(frame) {
    const pts = frame >= this.pts.length ? this.endPts : this.pts[Math.max(frame, 0)];
    return (pts - this.offset) * this.tick;
  }

  /** Where to seek so that this frame and no other is shown. */
  seekPoint(frame) {
    return (this.secondsOf(frame) + this.secondsOf(frame + 1)) / 2;
  }

  /** The frame on show at a shown time: the last that has appeared. */
  frameAt(seconds) {
    const wanted = (seconds + TOLERANCE_S) / this.tick + this.offset;
    let low = 0;
    let high = this.pts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.pts[middle] <= wanted) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** How far frame `at` lies from frame `from` to frame `to`, 0 to 1, by their times (rates may vary). */
  ratio(from, to, at) {
    const span = this.pts[to] - this.pts[from];
    return span ? (this.pts[at] - this.pts[from]) / span : 0;
  }

  clamp(frame) {
    return Math.min(Math.max(Math.round(frame), 0), this.pts.length - 1);
  }
}

function unpack(packed) {
  if (!packed.length) return new Float64Array(0);
  let total = 1;
  for (let at = 2; at < packed.length; at += 2) total += packed[at];
  const values = new Float64Array(total);
  values[0] = packed[0];
  let filled = 1;
  for (let at = 1; at < packed.length; at += 2) {
    for (let left = packed[at + 1]; left > 0; left -= 1, filled += 1) values[filled] = values[filled - 1] + packed[at];
  }
  return values;
}

/** 00:01:12.480, cut to the millisecond. */
export function timecode(seconds) {
  const total = Math.max(0, Math.floor(seconds * 1000 + 1e-3));
  const pad = (value, width = 2) => String(value).padStart(width, "0");
  const whole = Math.floor(total / 1000);
  return `${pad(Math.floor(whole / 3600))}:${pad(Math.floor(whole / 60) % 60)}:${pad(whole % 60)}.${pad(total % 1000, 3)}`;
}

/** 1:12.480, with hours only where there are any: for tables, where space is dear. */
export function clock(seconds) {
  return timecode(seconds).replace(/^00:0?/, "");
}
