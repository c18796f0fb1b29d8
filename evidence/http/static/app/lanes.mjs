// The strips under the picture: storyboard, loudness, speech, and one lane for what was seen, markers, segments and mutes.
// Drawn on canvases, for they show many small things; everything they show also stands in a list or table on the page.

const COLOURS = { wave: "#8eb8dc", speech: "#7fc8a9", seen: "#5694ca", segment: "#85994b", range: "#ffdd00", marker: "#ffffff", mute: "#f499be" };

export class Lanes {
  /** `seconds` is the whole length; `onSeek(seconds)` is called for a press or a drag along the lanes. */
  constructor(root, { seconds, onSeek }) {
    this.root = root;
    this.seconds = seconds;
    this.canvas = Object.fromEntries([...root.querySelectorAll("canvas[data-lane]")].map((each) => [each.dataset.lane, each]));
    this.head = root.querySelector("[data-playhead]");
    this.seen = [];
    this.storyboards = [];
    this.waveforms = [];
    this.voices = [];
    this.marks = { segments: [], range: null, markers: [], mutes: [] };
    new ResizeObserver(() => this.draw()).observe(root);
    this.#listen(onSeek);
  }

  /** `from`, `to`: the seconds that the file lies at, and `origin`, its own second that `from` is; the whole where left out. */
  async loadStoryboard(mapUrl, imageUrl, place = {}) {
    const map = await loaded(mapUrl);
    const image = new Image();
    image.src = imageUrl || new URL(map.image, new URL(mapUrl, document.baseURI)).href;
    await image.decode();
    this.storyboards.push({ map, image, ...this.#place(place) });
    this.draw();
  }

  async loadWaveform(url, place = {}) {
    this.waveforms.push({ ...(await loaded(url)), ...this.#place(place) });
    this.draw();
  }

  async loadVoice(url, place = {}) {
    this.voices.push({ ...(await loaded(url)), ...this.#place(place) });
    this.draw();
  }

  /** `joints`: [{seconds, kind, said}] where one file ends and the next begins: a line, and a wider mark where something is
      missing or comes twice. What is said stands on the page too. */
  setJoints(joints) {
    for (const { seconds, kind, said } of joints) {
      const mark = document.createElement("span");
      mark.className = `app-studio__joint app-studio__joint--${kind}`;
      mark.title = said;
      mark.style.left = `${this.#percent(seconds)}%`;
      this.root.append(mark);
    }
  }

  #place({ from = 0, to = this.seconds, origin = 0 }) {
    return { from, to, origin };
  }

  setPosition(seconds) {
    this.head.style.left = `${this.#percent(seconds)}%`;
  }

  /** `marks`: segments, markers and mutes as [start_s, end_s] or seconds; `range` is the open in/out or null. */
  setMarks(marks) {
    this.marks = { ...this.marks, ...marks };
    this.#drawMarks();
  }

  addSeen({ start_s, end_s }) {
    const last = this.seen.at(-1);
    if (last && last.start_s === start_s) last.end_s = end_s;
    else this.seen.push({ start_s, end_s });
    this.#drawMarks();
  }

  draw() {
    this.#drawStoryboard();
    this.#drawWaveform();
    this.#drawVoice();
    this.#drawMarks();
  }

  #percent(seconds) {
    return this.seconds ? Math.min(100, Math.max(0, (seconds / this.seconds) * 100)) : 0;
  }

  #listen(onSeek) {
    const seek = (event) => {
      const box = this.root.getBoundingClientRect();
      onSeek(Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) * this.seconds);
    };
    this.root.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      this.root.setPointerCapture(event.pointerId);
      seek(event);
    });
    this.root.addEventListener("pointermove", (event) => {
      if (this.root.hasPointerCapture(event.pointerId)) seek(event);
    });
  }

  /** A lane's drawing context in CSS pixels, cleared; null where the page has no such lane. */
  #surface(name) {
    const canvas = this.canvas[name];
    if (!canvas) return null;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const density = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * density);
    canvas.height = Math.round(height * density);
    const context = canvas.getContext("2d");
    context.scale(density, density);
    return { context, width, height };
  }

  #drawStoryboard() {
    const surface = this.#surface("storyboard");
    if (!surface) return;
    for (const storyboard of this.storyboards) this.#drawTiles(surface, storyboard);
  }

  /** A file's pictures side by side over its own stretch, the last one cut at its end. */
  #drawTiles({ context, width, height }, { map, image, from, to, origin }) {
    const [tileWidth, tileHeight] = map.tile;
    const [left, right] = [from, to].map((seconds) => (seconds / this.seconds) * width);
    const slot = (height * tileWidth) / tileHeight;
    for (let x = left; x < right; x += slot) {
      const tile = tileAt(map.tiles, ((x + slot / 2) / width) * this.seconds - from + origin);
      const column = tile % map.columns;
      const row = Math.floor(tile / map.columns);
      const share = Math.min(1, (right - x) / slot);
      context.drawImage(image, column * tileWidth, row * tileHeight, tileWidth * share, tileHeight, x, 0, slot * share - 1, height);
    }
  }

  #drawWaveform() {
    const surface = this.#surface("waveform");
    if (!surface) return;
    for (const waveform of this.waveforms) this.#drawBars(surface, waveform);
  }

  #drawBars({ context, width, height }, { bucket_s: [numerator, denominator], peaks, from, to, origin }) {
    const perPixel = (this.seconds * denominator) / numerator / width;
    const [left, right] = [from, to].map((seconds) => (seconds / this.seconds) * width);
    const skipped = (origin * denominator) / numerator;
    context.fillStyle = COLOURS.wave;
    for (let at = Math.round(left); at < Math.round(right); at += 1) {
      const x = at - Math.round(left);
      const first = Math.floor(skipped + x * perPixel);
      const loudest = Math.max(0, ...peaks.slice(first, Math.max(first + 1, Math.ceil(skipped + (x + 1) * perPixel))));
      const bar = Math.max(1, (loudest / 255) * height);
      context.fillRect(at, (height - bar) / 2, 1, bar);
    }
  }

  #drawVoice() {
    const surface = this.#surface("speech");
    if (!surface) return;
    for (const voice of this.voices) this.#drawSpeech(surface, voice);
  }

  /** Stretches in a file's own milliseconds, over its own stretch of the whole. */
  #drawSpeech({ context, width, height }, { speech, from, to, origin }) {
    const x = (milliseconds) => (this.#percent(Math.min(to, Math.max(from, milliseconds / 1000 - origin + from))) / 100) * width;
    context.fillStyle = COLOURS.speech;
    for (const [start, end] of speech) context.fillRect(x(start), 2, Math.max(2, x(end) - x(start)), height - 4);
  }

  #drawMarks() {
    const surface = this.#surface("marks");
    if (!surface) return;
    const { context, width, height } = surface;
    const x = (seconds) => (this.#percent(seconds) / 100) * width;
    const band = (start, end, colour, top, tall) => {
      context.fillStyle = colour;
      context.fillRect(x(start), top, Math.max(2, x(end) - x(start)), tall);
    };
    for (const { start_s, end_s } of this.seen) band(start_s, end_s, COLOURS.seen, height - 4, 4);
    for (const [start, end] of this.marks.segments) band(start, end, COLOURS.segment, 2, height - 8);
    for (const [start, end] of this.marks.mutes) band(start, end, COLOURS.mute, height - 9, 4);
    if (this.marks.range) band(...this.marks.range, COLOURS.range, 2, 4);
    context.fillStyle = COLOURS.marker;
    for (const seconds of this.marks.markers) {
      context.beginPath();
      context.moveTo(x(seconds) - 4, 0);
      context.lineTo(x(seconds) + 4, 0);
      context.lineTo(x(seconds), 8);
      context.fill();
    }
  }
}

function tileAt(tiles, seconds) {
  let found = 0;
  for (let at = 0; at < tiles.length && tiles[at][1] <= seconds; at += 1) found = at;
  return found;
}

async function loaded(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url} could not be loaded (${response.status}).`);
  return response.json();
}
