// A redaction as it is edited: tracks of key frames, mutes, whole-picture ranges, segments; with undo and redo.
// Pure: no page, no video. Frames are numbers of our index; every `end_frame` and `end` is the first frame no longer meant.
// A track never runs on by itself: its last stretch needs an end, and the page says so until it has one.
// What a machine found or followed lies in a track as samples, beside a person's key frames (see samples.mjs).

import { boxAt } from "./geometry.mjs";
import { corrected, rowsOf, spliced, withRows } from "./samples.mjs";

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
    this.known = new WeakMap();
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
    const id = this.#nextId();
    this.#tracks([...this.state.tracks, { id, kind, effect, reason, keyframes: [key(frame, this.fitted(box))], end: null }]);
    return id;
  }

  /** Adds tracks that a machine found, in one step: [{kind, effect, reason, samples, end, found, found_by}]. */
  addFound(rows) {
    const first = this.#nextNumber();
    this.#tracks([...this.state.tracks, ...rows.map((row, at) => ({ id: `t${first + at}`, keyframes: [], ...row }))]);
  }

  /** Puts what was followed, [{start, end, rows}], in place of what the track had there; returns whether it still is there. */
  followed(id, runs) {
    const was = this.track(id);
    if (!was) return false;
    const ended = was.end === null ? { ...was, end: rowsOf(was).at(-1).frame + 1 } : was;
    const covers = (frame) => plain(this.boxOn(ended, frame));
    const rows = runs.reduce((sofar, run) => spliced(sofar, { ...run, samples: run.rows }, covers), rowsOf(ended));
    this.#replace(id, (track) => closed(track, rows, Math.max(ended.end, runs.at(-1)?.end ?? 0)));
    return true;
  }

  /** Two tracks are of one thing: `other` goes into `id`. False where two detectors found them: whose would it be? */
  merge(id, other) {
    const [one, gone] = [this.track(id), this.track(other)];
    const finders = new Set([one, gone].map((each) => each.found_by ?? "hand").filter((each) => each !== "hand"));
    if (finders.size > 1 || this.#isOpen(one) || this.#isOpen(gone)) return false;
    const covers = (frame) => plain(this.boxOn(one, frame));
    const theirs = rowsOf(gone).filter((row) => !row.outside);
    const rows = this.runs(gone).reduce((sofar, run) => spliced(sofar, {
      start: run.start, end: run.end, samples: theirs.map(({ frame, x, y, w, h }) => [frame, x, y, w, h]),
    }, covers), rowsOf(one));
    const found = [...(one.found ?? []), ...(gone.found ?? [])];
    const by = finders.size ? { found, found_by: [...finders][0] } : {};
    const made = { ...closed(one, rows, Math.max(one.end, gone.end)), ...by };
    this.#tracks(this.state.tracks.filter((each) => each.id !== other).map((each) => (each.id === id ? made : each)));
    return true;
  }

  /** From this frame on it is another thing: a new track takes the rest. Returns its id; null where nothing is to be parted. */
  split(id, frame) {
    const track = this.track(id);
    const rows = rowsOf(track);
    const [box, before] = [this.boxOn(track, frame), this.boxOn(track, frame - 1)];
    if (!box || !rows.some((row) => row.frame < frame && !row.outside)) return null;
    const made = { ...withRows(track, [key(frame, box), ...rows.filter((row) => row.frame > frame)]), id: this.#nextId() };
    const left = rows.filter((row) => row.frame < frame);
    const kept = closed(track, before ? left : left.slice(0, left.findLastIndex((row) => row.outside) + 1), frame);
    this.#tracks([...this.state.tracks.map((each) => (each.id === id ? kept : each)), made]);
    return made.id;
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
      const before = reopened && track.end < frame ? [...rowsOf(track), { frame: track.end, outside: true }] : rowsOf(track);
      const rows = corrected(before, key(frame, this.fitted(box)), (each) => this.index.secondsOf(each));
      return { ...withRows(track, rows), end: reopened ? null : track.end };
    });
  }

  /** Takes a key frame away; the track goes with its last box. */
  removeKey(id, frame) {
    const left = rowsOf(this.track(id)).filter((each) => each.frame !== frame);
    if (left.some((each) => !each.outside)) this.#replace(id, (track) => withRows(track, left));
    else this.removeTrack(id);
  }

  /** The frame is the last one covered of its stretch; a later key frame starts the next. */
  endAfter(id, frame) {
    this.#replace(id, (track) => {
      const run = this.#runOn(track, frame);
      const rows = rowsOf(track);
      const earlier = rows.filter((each) => each.frame <= frame);
      // what a machine saw of the same stretch behind its new end is left out; a person's box there begins the next
      const later = rows.filter((each) => each.frame > frame && !(each.isSample && run && (run.end === null || each.frame <= run.end)));
      const next = later.find((each) => !each.outside);
      if (!next) return { ...withRows(track, earlier), end: frame + 1 };
      const gap = next.frame > frame + 1 ? [{ frame: frame + 1, outside: true }] : [];
      return withRows(track, [...earlier, ...gap, ...later.filter((each) => each.frame >= next.frame)]);
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
    if (!this.known.has(track)) this.known.set(track, this.#runs(track));
    return this.known.get(track);
  }

  #runs(track) {
    const runs = [];
    let keys = [];
    for (const each of rowsOf(track)) {
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
    const run = this.#runOn(track, frame);
    if (!run) return null;
    const { left, top, right, bottom } = this.rectOf(run, frame, 0);
    return { x: left, y: top, w: right - left, h: bottom - top, isKey: run.keys.some((each) => each.frame === frame && !each.isSample) };
  }

  #runOn(track, frame) {
    return this.runs(track).find((each) => frame >= each.start && (each.end === null || frame < each.end));
  }

  rectOf(run, frame, padPct) {
    run.boxes ??= run.keys.map((each) => ({ ...each, pts: this.index.pts[each.frame] }));
    return boxAt(run.boxes, this.index.pts[frame], padPct);
  }

  /** Tracks that nothing ends yet: the server refuses them. */
  openTracks() {
    return this.state.tracks.filter((track) => this.#isOpen(track));
  }

  #isOpen(track) {
    return this.runs(track).some((run) => run.end === null);
  }

  #nextNumber() {
    return Math.max(0, ...this.state.tracks.map((each) => Number(each.id.slice(1)) || 0)) + 1;
  }

  #nextId() {
    return `t${this.#nextNumber()}`;
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

/** The track with these rows, its end where the last of them, or `end`, says. */
function closed(track, rows, end) {
  const last = rows.at(-1);
  return last?.outside ? { ...withRows(track, rows.slice(0, -1)), end: last.frame } : { ...withRows(track, rows), end };
}

function plain(box) {
  return box && { x: box.x, y: box.y, w: box.w, h: box.h };
}

function key(frame, box) {
  return { frame, x: box.x, y: box.y, w: box.w, h: box.h, outside: false };
}
