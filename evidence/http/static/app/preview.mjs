// Shows on a canvas over the picture what the render will cover on this frame: padded, held, snapped to the grid.
// The areas are the renderer's own; a pixelated block's colour is the browser's mean of the playable picture, so a shade off.

import { patchOf } from "./geometry.mjs";

export class Preview {
  /** `rules`: width, height, padPct, holdFrames, blocks. */
  constructor(canvas, video, rules) {
    Object.assign(this, { canvas, video, rules });
    canvas.width = rules.width;
    canvas.height = rules.height;
    this.small = document.createElement("canvas");
    this.isOn = false;
  }

  /** Everything covered on a frame, solid last because it wins. */
  patches(draft, frame) {
    const found = [];
    for (const track of draft.state.tracks.filter((each) => each.effect !== "none")) {
      for (const run of draft.runs(track)) {
        if (this.#isHeld(run, frame)) found.push(patchOf(draft.rectOf(run, frame, this.rules.padPct), track.effect, this.rules));
      }
    }
    const whole = { left: 0, top: 0, right: this.rules.width, bottom: this.rules.height };
    for (const range of draft.state.frames) {
      if (frame >= range.start_frame && frame < range.end_frame) found.push(patchOf(whole, range.effect, this.rules));
    }
    return found.filter(Boolean).sort((one, other) => (one.effect === "solid") - (other.effect === "solid"));
  }

  draw(draft, frame) {
    const context = this.canvas.getContext("2d");
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (!this.isOn) return;
    for (const patch of this.patches(draft, frame)) {
      if (patch.effect === "solid") this.#fill(context, patch.area);
      else this.#pixelate(context, patch);
    }
  }

  #isHeld(run, frame) {
    const { holdFrames } = this.rules;
    return frame >= run.start - holdFrames && (run.end === null || frame < run.end + holdFrames);
  }

  #fill(context, { left, top, right, bottom }) {
    context.fillStyle = "#000";
    context.fillRect(left, top, right - left, bottom - top);
  }

  #pixelate(context, { area, cell }) {
    const [wide, high] = [area.right - area.left, area.bottom - area.top];
    this.small.width = Math.ceil(wide / cell);
    this.small.height = Math.ceil(high / cell);
    const [sx, sy] = [this.video.videoWidth / this.rules.width, this.video.videoHeight / this.rules.height];
    const means = this.small.getContext("2d");
    means.imageSmoothingQuality = "high";
    means.drawImage(this.video.element ?? this.video, area.left * sx, area.top * sy, wide * sx, high * sy, 0, 0, wide / cell, high / cell);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.small, 0, 0, wide / cell, high / cell, area.left, area.top, wide, high);
  }
}
