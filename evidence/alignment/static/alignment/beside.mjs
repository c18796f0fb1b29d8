// Recordings of one incident in step: one clock, that of the first recording, and each pane where it lies on it. A pane that
// runs ahead or behind is brought back by a little speed, by a seek where that would take too long. Before it begins and
// after it ends a pane says so instead of showing a picture of another time.
// Without script each video plays by itself. Data attributes: [data-beside] began (time of day of the first one's start); [data-pane] offset-s, with the
// recording's parts as JSON in it; [data-try], [data-hand] and [data-nudge] move a pane for trying, nothing is kept by that.

import { FrameIndex, timecode } from "../app/frames.mjs";
import { bindKeys, installHelp, openHelp } from "../app/keys.mjs";
import { Places } from "../app/places.mjs";
import { JoinedIndex, Reel } from "../app/reel.mjs";
import { Viewing } from "../app/viewing.mjs";
import { WatchedStretches } from "../app/watched.mjs";

const TICK_MS = 60;
const NEAR_S = 0.02;
const FAR_S = 0.4;
const CATCH_UP = 0.08;

class Pane {
  constructor(root) {
    this.root = root;
    this.offset = Number(root.dataset.offsetS);
    this.reel = JSON.parse(root.querySelector("script[type='application/json']").textContent);
    this.video = root.querySelector("video");
  }

  async load() {
    const { parts } = this.reel;
    const indexes = await Promise.all(parts.map(({ index_url }) => (index_url ? FrameIndex.load(index_url) : null)));
    await metadata(this.video);
    this.video.controls = false;
    this.index = indexes.every(Boolean) ? joined(parts, indexes) : null;
    if (parts.length > 1 && this.index) this.video = new Reel(this.video, parts, this.index);
    this.places = new Places(this.index, parts.length > 1 ? this.reel : null);
    this.first = this.index ? this.index.secondsOf(0) : 0;
    this.end = this.index ? this.index.secondsOf(this.index.frameCount) : this.video.duration;
  }

  get isPlaying() {
    return !this.video.paused;
  }

  /** Where it stands on the common clock. */
  get clock() {
    return this.video.currentTime + this.offset;
  }

  covers(clock) {
    return clock - this.offset >= this.first - 1e-6 && clock - this.offset < this.end;
  }

  /** Shows what it shows at this time of the clock, standing still: the very frame. */
  show(clock) {
    if (!this.#cover(clock)) return;
    this.wanted = clock - this.offset;
    if (!this.video.seeking) this.#seek();
    this.#tell(this.wanted);
  }

  /** Keeps in step with a clock that runs. */
  follow(clock, rate) {
    if (!this.#cover(clock)) return;
    this.wanted = null;
    const ahead = this.clock - clock;
    if (this.video.paused && !this.video.seeking) {
      if (Math.abs(ahead) > NEAR_S) this.video.currentTime = clock - this.offset;
      this.video.play().catch((refused) => console.info("The browser did not start playing:", refused.message));
    } else if (Math.abs(ahead) > FAR_S && !this.video.seeking) {
      this.video.currentTime = clock - this.offset;
    } else {
      const by = Math.abs(ahead) > NEAR_S ? -Math.sign(ahead) * CATCH_UP : 0;
      if (this.video.playbackRate !== rate + by) this.video.playbackRate = rate + by;
    }
    this.#tell(this.video.currentTime);
  }

  /** The time of the clock at which the frame after (1) or before (-1) the one on show at `clock` is in its middle. */
  stepped(clock, by) {
    if (!this.index) return clock + by / 25;
    const frame = this.index.frameAt(clock - this.offset) + by;
    return this.index.seekPoint(this.index.clamp(frame)) + this.offset;
  }

  #seek() {
    const wanted = this.wanted;
    const at = this.index ? this.index.seekPoint(this.index.frameAt(wanted)) : wanted;
    this.video.addEventListener("seeked", () => { if (this.wanted !== null && this.wanted !== wanted) this.#seek(); }, { once: true });
    this.video.currentTime = at;
  }

  #cover(clock) {
    const isOn = this.covers(clock);
    this.root.querySelector("[data-off]").hidden = isOn;
    if (!isOn && this.isPlaying) this.video.pause();
    if (!isOn) this.#tell(clock - this.offset);
    return isOn;
  }

  #tell(own) {
    const isOn = own >= this.first && own < this.end;
    this.root.querySelector("[data-own]").textContent = own < 0 ? `-${timecode(-own)}` : timecode(own);
    this.root.querySelector("[data-own-frame]").textContent = isOn && this.index ? `frame ${this.index.frameAt(own)} of ${this.index.frameCount}` : "";
  }
}

class Beside {
  constructor(root) {
    this.root = root;
    this.panes = [...root.querySelectorAll("[data-pane]")].map((each) => new Pane(each));
    this.clock = 0;
    this.isRunning = false;
    this.rate = 1;
    this.start();
  }

  async start() {
    this.#say("Loading frame numbers");
    try {
      await Promise.all(this.panes.map((pane) => pane.load()));
    } catch (failed) {
      this.#say(`They cannot be played in step. ${failed.message}`);
      return;
    }
    this.clock = this.panes[0].first;
    for (const pane of this.panes) this.#watch(pane);
    this.#controls();
    this.#hands();
    this.#keys();
    this.listen(0);
    this.#measure();
    this.show();
    this.#say("");
    this.root.dataset.isReady = "";
    setInterval(() => this.#tick(), TICK_MS);
  }

  get leader() {
    return this.panes.find((pane) => pane.covers(this.clock)) ?? null;
  }

  toggle() {
    if (this.isRunning) this.stop();
    else this.#play();
  }

  stop() {
    this.isRunning = false;
    for (const pane of this.panes) pane.video.pause();
    this.show();
  }

  go(clock) {
    this.clock = Math.min(Math.max(clock, this.from), this.to);
    if (!this.isRunning) this.show();
    else for (const pane of this.panes) if (pane.covers(this.clock)) pane.video.currentTime = this.clock - pane.offset;
  }

  step(by) {
    if (this.isRunning) this.stop();
    const leader = this.leader;
    this.go(leader ? leader.stepped(this.clock, by) : this.clock + by / 25);
  }

  show() {
    for (const pane of this.panes) pane.show(this.clock);
    this.#tell();
  }

  listen(chosen) {
    this.panes.forEach((pane, at) => { pane.video.muted = at !== chosen; });
    for (const button of this.root.querySelectorAll("[data-listen]")) button.setAttribute("aria-pressed", String(Number(button.dataset.listen) === chosen));
  }

  /** Tries another offset of a pane; the page keeps nothing of it. */
  move(at, offset) {
    this.panes[at].offset = offset;
    this.#measure();
    if (!this.isRunning) this.show();
  }

  #play() {
    if (this.clock >= this.to - 0.01) this.clock = this.from;
    this.isRunning = true;
    this.last = performance.now();
    this.#tick();
  }

  #tick() {
    if (!this.isRunning) return;
    const now = performance.now();
    const leader = this.panes.find((pane) => pane.isPlaying && !pane.video.seeking && pane.covers(pane.clock));
    this.clock = leader ? leader.clock : this.clock + ((now - this.last) / 1000) * (this.leader ? 0 : this.rate);
    this.last = now;
    if (this.clock >= this.to - 0.01) {
      this.stop();
      return;
    }
    for (const pane of this.panes) if (pane !== leader || !pane.covers(this.clock)) pane.follow(this.clock, this.rate);
    if (leader) leader.follow(leader.clock, this.rate);
    this.#tell();
  }

  #measure() {
    this.from = Math.min(...this.panes.map(({ offset, first }) => offset + first));
    this.to = Math.max(...this.panes.map(({ offset, end }) => offset + end));
    this.slider.min = String(Math.floor(this.from * 1000));
    this.slider.max = String(Math.ceil(this.to * 1000));
  }

  #tell() {
    const words = this.clock < 0 ? `-${timecode(-this.clock)}` : timecode(this.clock);
    this.root.querySelector("[data-clock]").textContent = words;
    this.root.querySelector("[data-wall]").textContent = onTheClock(this.root.dataset.began, this.clock);
    this.root.querySelector("[data-do=play]").textContent = this.isRunning ? "Pause" : "Play";
    if (!this.isSliding) this.slider.value = String(Math.round(this.clock * 1000));
    this.slider.setAttribute("aria-valuetext", words);
  }

  #watch(pane) {
    const url = pane.reel.parts[0].watched_url;
    const watched = new WatchedStretches(pane.video, url, { route: pane.places.route, onOver: () => this.#end() });
    new Viewing(pane.video, { onOver: () => { watched.end(); this.#end(); }, onLost: (words) => this.#say(words), onBack: () => this.#say("") });
  }

  #end() {
    if (this.isOver) return;
    this.isOver = true;
    this.stop();
    this.root.querySelector("[data-controls]").hidden = true;
    const link = document.createElement("a");
    link.href = window.location.href;
    link.textContent = "Open them again";
    this.root.querySelector("[data-over]").append("The viewing of one of them has ended. ", link, ", with your reason, to go on.");
  }

  #controls() {
    const bar = this.root.querySelector("[data-controls]");
    bar.hidden = false;
    this.slider = this.root.querySelector("[data-position]");
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value) / 1000));
    this.slider.addEventListener("pointerdown", () => { this.isSliding = true; });
    document.addEventListener("pointerup", () => { this.isSliding = false; }, { capture: true });
    this.actions = {
      play: () => this.toggle(),
      "frame-back": () => this.step(-1),
      "frame-forward": () => this.step(1),
      "second-back": () => this.go(this.clock - 1),
      "second-forward": () => this.go(this.clock + 1),
      keys: () => openHelp(this.root.querySelector("[data-keys-dialog]")),
    };
    bar.addEventListener("click", ({ target }) => {
      const { do: name, listen } = target.closest("[data-do], [data-listen]")?.dataset ?? {};
      if (name) this.actions[name]();
      else if (listen !== undefined) this.listen(Number(listen));
    });
  }

  #hands() {
    for (const button of document.querySelectorAll("[data-try]")) {
      button.addEventListener("click", () => {
        this.move(Number(button.dataset.try), Number(button.dataset.offsetS));
        this.#say("Tried here only: accept it to keep it.");
      });
    }
    for (const form of document.querySelectorAll("[data-hand]")) {
      const field = form.querySelector("input[name$=offset_s]");
      const moved = () => { if (field.value.trim() && Number.isFinite(Number(field.value))) this.move(Number(form.dataset.hand), Number(field.value)); };
      field.addEventListener("change", moved);
      form.addEventListener("click", ({ target }) => {
        const by = target.closest("[data-nudge]")?.dataset.nudge;
        if (by === undefined) return;
        field.value = ((Number(field.value) || 0) + Number(by)).toFixed(3);
        moved();
      });
    }
  }

  #keys() {
    const key = (keys, shown, label, run) => ({ keys, shown, label, run });
    bindKeys("Playing", [
      key([" ", "k"], ["Space", "K"], "Play or pause all", this.actions.play),
      key([","], [","], "One frame back", this.actions["frame-back"]),
      key(["."], ["."], "One frame on", this.actions["frame-forward"]),
      key(["<"], ["Shift ,"], "One second back", this.actions["second-back"]),
      key([">"], ["Shift ."], "One second on", this.actions["second-forward"]),
      key(this.panes.map((_pane, at) => String(at + 1)), [`1 to ${this.panes.length}`], "Hear this one", (event) => this.listen(Number(event.key) - 1)),
    ]);
    installHelp(this.root.querySelector("[data-keys-dialog]"));
  }

  #say(words) {
    this.root.querySelector("[data-said]").textContent = words;
  }
}

/** The time of day, `began` (19:04:31, as the page tells it) and so many seconds; the day may turn. */
function onTheClock(began, seconds) {
  const [hours, minutes, whole] = began.split(":").map(Number);
  const day = 24 * 3600;
  return timecode((((hours * 3600 + minutes * 60 + whole + seconds) % day) + day) % day).slice(0, 8);
}

function joined(parts, indexes) {
  if (parts.length === 1) return indexes[0];
  return new JoinedIndex(parts.map(({ number }, at) => ({ number, index: indexes[at] })));
}

function metadata(video) {
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) return Promise.resolve();
  return new Promise((resolve, reject) => {
    video.addEventListener("loadedmetadata", resolve, { once: true });
    video.addEventListener("error", () => reject(new Error("One of the videos could not be loaded.")), { once: true });
  });
}

for (const root of document.querySelectorAll("[data-beside]")) root.beside = new Beside(root);
