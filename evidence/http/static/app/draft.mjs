// A redaction as it is edited: tracks of key frames, mutes, whole-picture ranges, segments; with undo and redo.
// Pure: no page, no video. Frames are numbers of our index; every `end_frame` and `end` is the first frame no longer meant.
// A track never runs on by itself: its last stretch needs an end, and the page says so until it has one.

import { boxAt } from "./geometry.mjs";

const EMPTY = { v: 1, tracks: [], mutes: [], frames: [], segments: [] };
const KEPT_STEPS = 200;

export class Draft {
  /** `index`: frameCount and pts; `size`: width and height of the shown picture; `text`: JSON as saved, or ''. */
  constructor({ index, size, text = "", onChange = () => {} }) {
    Object.assign(this, { index, size, onChange });
    this.state = text.trim() ? { ...EMPTY, ...JSON.parse(text) } : EMPTY;
    if (this.state.v !== 1) throw new Error(`This page cannot edit draft version ${this.state.v}.`);
    this.past = [];
    this.future = [];
  }

  get text() {
    return JSON.stringify(this.state);
  }

  track(id) {
    return this.state.tracks.find((each) => each.id === id);
  }

  undo() {
    this.#travel(this.past, this.future);
  }

  redo() {
    this.#travel(this.future, this.past);
  }

  /** Adds a track with one key frame; returns its id. */
  addTrack({ frame, box, kind = "face", effect = "solid", reason = "" }) {
    const highest = Math.max(0, ...this.state.tracks.map((each) => Number(each.id.slice(1)) || 0));
    const id = `t${highest + 1}`;
    this.#tracks([...this.state.tracks, { id, kind, effect, reason, keyframes: [key(frame, this.fitted(box))], end: null }]);
    return id;
  }

  removeTrack(id) {
    this.#tracks(this.state.tracks.filter((each) => each.id !== id));
  }

  setTrack(id, changes) {
    this.#replace(id, (track) => ({ ...track, ...changes }));
  }

  /** Puts a key frame; beyond the track's end it starts another stretch, and the end is open again. */
  setKey(id, frame, box) {
    this.#replace(id, (track) => {
      const reopened = track.end !== null && frame >= track.end;
      const before = reopened && track.end < frame ? [...track.keyframes, { frame: track.end, outside: true }] : track.keyframes;
      const others = before.filter((each) => each.frame !== frame);
      const keyframes = [...others, key(frame, this.fitted(box))].sort((one, other) => one.frame - other.frame);
      return { ...track, keyframes, end: reopened ? null : track.end };
    });
  }

  /** Takes a key frame away; the track goes with its last box. */
  removeKey(id, frame) {
    const left = this.track(id).keyframes.filter((each) => each.frame !== frame);
    if (left.some((each) => !each.outside)) this.setTrack(id, { keyframes: left });
    else this.removeTrack(id);
  }

  /** The frame is the last one covered of its stretch; a later key frame starts the next. */
  endAfter(id, frame) {
    this.#replace(id, (track) => {
      const later = track.keyframes.filter((each) => each.frame > frame);
      const earlier = track.keyframes.filter((each) => each.frame <= frame);
      const next = later.find((each) => !each.outside);
      if (!next) return { ...track, keyframes: earlier, end: frame + 1 };
      const gap = next.frame > frame + 1 ? [{ frame: frame + 1, outside: true }] : [];
      return { ...track, keyframes: [...earlier, ...gap, ...later.filter((each) => each.frame >= next.frame)] };
    });
  }

  endWithRecording(id) {
    this.setTrack(id, { end: this.index.frameCount });
  }

  addRange(list, range) {
    this.#change({ ...this.state, [list]: [...this.state[list], range] });
  }

  removeRange(list, at) {
    this.#change({ ...this.state, [list]: this.state[list].filter((_each, other) => other !== at) });
  }

  /** Stretches of a track: [{start, end, keys}] in frames; `end` is null where none is set. */
  runs(track) {
    const runs = [];
    let keys = [];
    for (const each of track.keyframes) {
      if (!each.outside) keys.push(each);
      else if (keys.length) {
        runs.push({ start: keys[0].frame, end: each.frame, keys });
        keys = [];
      }
    }
    if (keys.length) runs.push({ start: keys[0].frame, end: track.end, keys });
    return runs;
  }

  /** What a track covers on a frame, unpadded: {x, y, w, h, isKey}, or null. An open stretch is shown on every later frame. */
  boxOn(track, frame) {
    const run = this.runs(track).find((each) => frame >= each.start && (each.end === null || frame < each.end));
    if (!run) return null;
    const { left, top, right, bottom } = this.rectOf(run, frame, 0);
    return { x: left, y: top, w: right - left, h: bottom - top, isKey: run.keys.some((each) => each.frame === frame) };
  }

  rectOf(run, frame, padPct) {
    const boxes = run.keys.map((each) => ({ ...each, pts: this.index.pts[each.frame] }));
    return boxAt(boxes, this.index.pts[frame], padPct);
  }

  /** Tracks that nothing ends yet: the server refuses them. */
  openTracks() {
    return this.state.tracks.filter((track) => this.runs(track).some((run) => run.end === null));
  }

  /** A box on whole pixels inside the picture, at least two wide and high. */
  fitted({ x, y, w, h }) {
    const { width, height } = this.size;
    const wide = Math.min(Math.max(Math.round(w), 2), width);
    const high = Math.min(Math.max(Math.round(h), 2), height);
    return {
      x: Math.min(Math.max(Math.round(x), 0), width - wide),
      y: Math.min(Math.max(Math.round(y), 0), height - high),
      w: wide,
      h: high,
    };
  }

  #replace(id, change) {
    this.#tracks(this.state.tracks.map((each) => (each.id === id ? change(each) : each)));
  }

  #tracks(tracks) {
    this.#change({ ...this.state, tracks });
  }

  #change(state) {
    this.past = [...this.past, this.state].slice(-KEPT_STEPS);
    this.future = [];
    this.state = state;
    this.onChange();
  }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.state);
    this.state = from.pop();
    this.onChange();
  }
}

function key(frame, box) {
  return { frame, x: box.x, y: box.y, w: box.w, h: box.h, outside: false };
}
