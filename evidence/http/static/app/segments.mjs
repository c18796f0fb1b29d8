// The list of segments cut out of a recording: kept in a text field as JSON [{start_frame, end_frame}] (end not
// included), so that the form posts as plain HTML; shown as a list with buttons to go there, move and remove.

import { timecode } from "./frames.mjs";
import { refill } from "./rows.mjs";

export class SegmentList {
  /** `field`: the text field; `list`: an <ol>, may be null; `onChange(segments)` after every change. */
  constructor({ field, list, index, onSeek, onChange }) {
    Object.assign(this, { field, list, index, onSeek, onChange });
    this.segments = read(field, index.frameCount);
    this.#render();
  }

  add(first, last) {
    this.#change([...this.segments, { start_frame: Math.min(first, last), end_frame: Math.max(first, last) + 1 }]);
  }

  remove(at) {
    this.#change(this.segments.filter((_each, other) => other !== at));
  }

  move(at, by) {
    const to = at + by;
    if (to < 0 || to >= this.segments.length) return;
    const moved = [...this.segments];
    moved.splice(to, 0, ...moved.splice(at, 1));
    this.#change(moved);
  }

  #change(segments) {
    this.segments = segments;
    this.field.value = JSON.stringify(segments);
    this.#render();
    this.onChange?.(segments);
  }

  #render() {
    if (this.list) refill(this.list, this.segments.map((segment, at) => this.#row(segment, at)), this.list);
  }

  #row({ start_frame, end_frame }, at) {
    const row = document.createElement("li");
    row.className = "app-segments__row";
    row.dataset.row = `${start_frame}-${end_frame}`;
    const times = `${timecode(this.index.secondsOf(start_frame))} to ${timecode(this.index.secondsOf(end_frame))}`;
    const go = button(times, "app-segments__go", "go", () => this.onSeek(start_frame));
    const frames = document.createElement("span");
    frames.className = "app-quiet";
    frames.textContent = ` frames ${start_frame} to ${end_frame - 1} `;
    row.append(
      go,
      frames,
      button("Up", "app-segments__act", "up", () => this.move(at, -1), `Move segment ${at + 1} up`),
      button("Down", "app-segments__act", "down", () => this.move(at, 1), `Move segment ${at + 1} down`),
      button("Remove", "app-segments__act", "remove", () => this.remove(at), `Remove segment ${at + 1}`),
    );
    return row;
  }
}

function read(field, frameCount) {
  if (!field.value.trim()) return [];
  return JSON.parse(field.value).filter(({ start_frame, end_frame }) => start_frame >= 0 && start_frame < end_frame && end_frame <= frameCount);
}

function button(words, className, control, run, label) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.control = control;
  made.className = className;
  made.textContent = words;
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", run);
  return made;
}
