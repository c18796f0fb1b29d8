// <continuity-player>: makes a plain <video controls> exact to the frame. Keys, frame read-out, in and out, segments,
// markers, lanes, and the report of what was watched. Without script the video inside plays as it is.
// Data attributes: index-url, storyboard-url, storyboard-image-url, waveform-url, voice-url, watched-url, seen (JSON [[s, s]]),
// marker-form (selector), segments (selector of a block with a field and a list), again-url (where the page is opened
// again once the viewing has ended; it takes `frame`; without it the page's own address), again-words (after that link), reel (JSON {parts, joints}: a
// recording in several files, shown as one; part numbers then go with frames: [data-part] beside the attributes below).
// Elsewhere on the page: a press on [data-seek-frame] or [data-seek-seconds] goes there; each [data-marker-frame] or
// [data-marker-seconds] is a marker on the lanes. Events: player:ready, player:frame, player:range, player:segments, player:marker.

import { FrameIndex, timecode } from "./frames.mjs";
import { bindKeys, installHelp, openHelp } from "./keys.mjs";
import { Lanes } from "./lanes.mjs";
import { Places, followParts } from "./places.mjs";
import { JoinedIndex, Reel } from "./reel.mjs";
import { SegmentList } from "./segments.mjs";
import { Seeker } from "./seeker.mjs";
import { Shuttle } from "./shuttle.mjs";
import { Viewing, addressOf, isGone } from "./viewing.mjs";
import { WatchedStretches } from "./watched.mjs";

export class ContinuityPlayer extends HTMLElement {
  connectedCallback() {
    if (this.video) return;
    this.video = this.querySelector("video");
    this.reel = this.dataset.reel ? JSON.parse(this.dataset.reel) : null;
    this.range = { in: null, out: null };
    // A layer lies over the picture: the native controls underneath could not be reached.
    if ("bare" in this.dataset) this.video.controls = false;
    this.ready = this.#start();
  }

  get frame() {
    return this.seeker.frame;
  }

  get seconds() {
    return this.index.secondsOf(this.frame);
  }

  /** Goes there; what plays forwards goes on from there, what runs backwards ends. */
  seekFrame(frame) {
    this.shuttle.endBackwards();
    this.seeker.seekFrame(frame);
  }

  seekSeconds(seconds) {
    this.seekFrame(this.index.frameAt(Math.max(0, seconds)));
  }

  /** Stands still, whichever way it ran, so that what is marked or drawn now belongs to the frame on show. */
  hold() {
    this.shuttle.stop();
  }

  /** First and last frame between in and out; an open end is where the playhead is. Null where neither is set. */
  chosenFrames() {
    if (this.range.in === null && this.range.out === null) return null;
    const first = this.range.in ?? 0;
    const last = this.range.out ?? this.frame;
    return { first: Math.min(first, last), last: Math.max(first, last) };
  }

  clearRange() {
    this.#setRange({ in: null, out: null });
  }

  async #start() {
    if (!this.reel) this.#startWatched();
    if (!this.dataset.indexUrl) return;
    this.#say("Loading frame numbers");
    try {
      [this.index] = await Promise.all([this.#loadIndex(), metadata(this.video)]);
    } catch (failed) {
      if (this.reel) this.#startWatched();
      if (await isGone(addressOf(this.video))) this.#end();
      else this.#say(`Frame numbers are not available, so stepping is off. ${failed.message}`);
      return;
    }
    this.places = new Places(this.index, this.reel);
    if (this.reel) this.#startReel();
    this.seeker = new Seeker(this.video, this.index, (frame) => this.#onFrame(frame));
    this.shuttle = new Shuttle(this.video, this.seeker, (rate) => this.#onRate(rate));
    this.actions = this.#actions();
    this.#startViewing();
    this.#startLanes();
    this.#startSegments();
    this.#startControls();
    this.#startKeys();
    this.#onFrame(this.seeker.frame);
    this.#say("");
    this.#emit("player:ready", { frameCount: this.index.frameCount });
  }

  async #loadIndex() {
    if (!this.reel) return FrameIndex.load(this.dataset.indexUrl);
    const indexes = await Promise.all(this.reel.parts.map((part) => FrameIndex.load(part.index_url)));
    return new JoinedIndex(this.reel.parts.map(({ number }, at) => ({ number, index: indexes[at] })));
  }

  /** From here on `video` is the reel, which has a video's face. */
  #startReel() {
    this.video = new Reel(this.video, this.reel.parts, this.index);
    this.video.controls = false;
    for (const element of this.video.turns) element.addEventListener("click", () => this.actions.play());
    this.#startWatched();
  }

  /** The frame on show, or on the way to be, as it is written down: with its part where there are several. */
  get place() {
    return this.places.of(this.frame);
  }

  #actions() {
    return {
      play: () => this.shuttle.toggle(),
      stop: () => this.shuttle.stop(),
      faster: () => this.shuttle.forward(),
      backward: () => this.shuttle.backward(),
      "frame-back": () => this.#step(-1),
      "frame-forward": () => this.#step(1),
      "second-back": () => this.#stepSeconds(-1),
      "second-forward": () => this.#stepSeconds(1),
      in: () => this.#setRange({ ...this.range, in: this.frame }),
      out: () => this.#setRange({ ...this.range, out: this.frame }),
      segment: () => this.#addSegment(),
      marker: () => this.#addMarker(),
      mute: () => { this.video.muted = !this.video.muted; },
      full: () => this.querySelector("[data-picture]").requestFullscreen(),
      keys: () => openHelp(this.querySelector("[data-keys-dialog]")),
    };
  }

  #startKeys() {
    const key = (keys, shown, label, action) => ({ keys, shown, label, run: this.actions[action] });
    bindKeys("Playing", [
      key([" ", "k"], ["Space", "K"], "Play or pause", "play"),
      key(["l"], ["L"], "Play, then faster", "faster"),
      key(["j"], ["J"], "Run backwards, then faster", "backward"),
      key([","], [","], "One frame back", "frame-back"),
      key(["."], ["."], "One frame on", "frame-forward"),
      key(["<"], ["Shift ,"], "One second back", "second-back"),
      key([">"], ["Shift ."], "One second on", "second-forward"),
    ]);
    const hasMarks = Boolean(this.querySelector("[data-do=in]")); // a recipient outside only watches
    const marking = [key(["i"], ["I"], "In: the segment starts here", "in"), key(["o"], ["O"], "Out: the segment ends here", "out")];
    if (this.segmentList) marking.push(key(["x"], ["X"], "Add the segment", "segment"));
    if (this.dataset.markerForm) marking.push(key(["m"], ["M"], "Add a marker here", "marker"));
    if (hasMarks) bindKeys("Marking", marking);
    installHelp(this.querySelector("[data-keys-dialog]"));
  }

  #startControls() {
    const bar = this.querySelector("[data-controls]");
    bar.hidden = false;
    bar.addEventListener("click", (event) => {
      const name = event.target.closest("[data-do]")?.dataset.do;
      if (name) this.actions[name]();
    });
    this.#startSlider();
    this.video.addEventListener("volumechange", () => this.#showMute());
    this.#showMute();
    document.addEventListener("click", (event) => {
      const { seekFrame, seekSeconds, part } = event.target.closest?.("[data-seek-frame], [data-seek-seconds]")?.dataset ?? {};
      if (seekFrame !== undefined) this.seekFrame(this.places.frame({ part, frame: seekFrame }));
      else if (seekSeconds !== undefined) this.seekSeconds(this.places.seconds(part, seekSeconds));
    });
    if (this.reel) this.#startParts();
  }

  #startParts() {
    const mark = followParts((number) => {
      this.hold();
      this.seekFrame(this.index.frameIn(number, 0));
    });
    this.video.addEventListener("partchange", () => mark(this.video.part.number));
    mark(this.video.part.number);
    this.querySelector("[data-do=full]").hidden = !document.fullscreenEnabled;
  }

  #startSlider() {
    this.slider = this.querySelector("[data-position]");
    this.slider.max = String(this.index.frameCount - 1);
    this.slider.addEventListener("input", () => this.seekFrame(Number(this.slider.value)));
    // only a hand on it keeps the slider from following the picture: focus alone does not
    this.slider.addEventListener("pointerdown", () => { this.isSliding = true; });
    for (const ended of ["pointerup", "pointercancel"]) {
      document.addEventListener(ended, () => { this.isSliding = false; }, { capture: true });
    }
  }

  #startLanes() {
    const root = this.querySelector("[data-lanes]");
    root.hidden = false;
    this.lanes = new Lanes(root, { seconds: this.index.secondsOf(this.index.frameCount), onSeek: (s) => this.seekSeconds(s) });
    const say = (what) => (failed) => console.info(`${what} is not shown:`, failed.message);
    for (const { number, storyboard_url, storyboard_image_url, waveform_url, voice_url, seen } of this.#stretches()) {
      const place = this.places.onLanes(number);
      if (storyboard_url) this.lanes.loadStoryboard(storyboard_url, storyboard_image_url, place).catch(say("The storyboard"));
      if (waveform_url) this.lanes.loadWaveform(waveform_url, place).catch(say("The waveform"));
      if (voice_url) this.lanes.loadVoice(voice_url, place).catch(say("The speech"));
      for (const pair of seen) {
        const [start_s, end_s] = pair.map((seconds) => this.places.seconds(number, seconds));
        this.lanes.addSeen({ start_s, end_s });
      }
    }
    this.lanes.setJoints(this.places.joints);
    const markers = [...document.querySelectorAll("[data-marker-frame], [data-marker-seconds]")];
    this.lanes.setMarks({ markers: markers.map(({ dataset }) => this.#secondsOfMarker(dataset)) });
  }

  /** What the lanes show, file by file. */
  #stretches() {
    if (this.reel) return this.reel.parts;
    const { storyboardUrl, storyboardImageUrl, waveformUrl, voiceUrl, seen } = this.dataset;
    return [{
      storyboard_url: storyboardUrl, storyboard_image_url: storyboardImageUrl, waveform_url: waveformUrl, voice_url: voiceUrl,
      seen: JSON.parse(seen || "[]"),
    }];
  }

  #secondsOfMarker({ markerFrame, markerSeconds, part }) {
    if (markerFrame === undefined) return this.places.seconds(part, markerSeconds);
    return this.index.secondsOf(this.places.frame({ part, frame: markerFrame }));
  }

  #startSegments() {
    const block = this.dataset.segments && document.querySelector(this.dataset.segments);
    if (!block) return;
    this.segmentList = new SegmentList({
      field: block.querySelector("textarea, input"),
      list: block.querySelector("ol"),
      index: this.index,
      onSeek: (frame) => this.seekFrame(frame),
      onChange: (segments) => {
        this.#markSegments();
        this.#emit("player:segments", { segments });
      },
    });
    this.#markSegments();
  }

  #markSegments() {
    const segments = this.segmentList.segments.map((each) => [this.index.secondsOf(each.start_frame), this.index.secondsOf(each.end_frame)]);
    this.lanes.setMarks({ segments });
  }

  #startWatched() {
    if (!this.dataset.watchedUrl) return;
    this.watched = new WatchedStretches(this.video, this.dataset.watchedUrl, {
      route: this.places?.route,
      onStretch: (stretch) => this.lanes?.addSeen(stretch),
      onOver: () => this.#end(),
    });
  }

  #startViewing() {
    let frame = 0;
    new Viewing(this.video, {
      onOver: () => this.#end(),
      onLost: (words) => {
        frame = this.frame;
        this.hold();
        this.#say(words);
      },
      onBack: () => {
        this.seekFrame(frame);
        this.#say("");
      },
    });
  }

  /** The viewing has ended: nothing more is shown or told, and the page says what to do. */
  #end() {
    if (this.isOver) return;
    this.isOver = true;
    this.shuttle?.end();
    this.seeker?.end();
    this.watched?.end();
    this.video.pause();
    this.video.controls = false;
    // what the browser still holds of it would play on
    this.video.addEventListener("play", () => this.video.pause());
    const bar = this.querySelector("[data-controls]");
    const hadFocus = bar.contains(document.activeElement);
    bar.hidden = true;
    this.#say("");
    this.querySelector("[data-over]").append(...this.#endWords());
    if (hadFocus) this.querySelector("[data-over] a").focus();
  }

  #endWords() {
    const address = new URL(this.dataset.againUrl || window.location.href, window.location.href);
    if (this.dataset.againUrl && this.seeker) {
      for (const [name, value] of Object.entries(this.place)) address.searchParams.set(name, String(value));
    }
    const link = document.createElement("a");
    link.href = address.pathname + address.search;
    link.textContent = "Open it again";
    const why = "This viewing has ended: its time is over, it was closed, or the right to watch has changed. ";
    return [why, link, this.dataset.againWords ?? ", with your reason, to go on."];
  }

  #step(frames) {
    this.hold();
    this.seekFrame(this.frame + frames);
  }

  #stepSeconds(by) {
    this.hold();
    this.seekSeconds(this.seconds + by);
  }

  #addSegment() {
    const chosen = this.chosenFrames();
    if (!this.segmentList) return;
    if (!chosen) {
      this.#say("Set in and out first (I and O), then add the segment.");
      return;
    }
    this.segmentList.add(chosen.first, chosen.last);
    this.clearRange();
    this.#say(`Segment ${this.segmentList.segments.length} added.`);
  }

  #addMarker() {
    this.hold();
    const form = this.dataset.markerForm && document.querySelector(this.dataset.markerForm);
    if (form) {
      const { part, frame } = this.place;
      form.elements.frame.value = String(frame);
      if (this.reel && form.elements.part) form.elements.part.value = String(part);
      if (form.elements.at_s) {
        form.elements.at_s.value = this.places.ownSeconds(this.frame).toFixed(6);
        // A time typed by hand afterwards names another frame than this one.
        form.elements.at_s.oninput = () => { form.elements.frame.value = ""; };
      }
      form.closest("details")?.setAttribute("open", "");
      form.querySelector("input:not([type=hidden]), textarea, select")?.focus();
    }
    this.#emit("player:marker", { frame: this.frame, seconds: this.seconds });
  }

  #setRange(range) {
    this.range = range;
    const chosen = this.chosenFrames();
    const words = this.querySelector("[data-range]");
    const show = (frame) => (frame === null ? "-" : timecode(this.index.secondsOf(frame)));
    words.textContent = chosen ? `In ${show(range.in)}  Out ${show(range.out)}` : "";
    this.lanes.setMarks({ range: chosen && [this.index.secondsOf(chosen.first), this.index.secondsOf(chosen.last + 1)] });
    this.#emit("player:range", range);
  }

  #onFrame(frame) {
    const seconds = this.index.secondsOf(frame);
    this.querySelector("[data-timecode]").textContent = timecode(seconds);
    this.querySelector("[data-frame]").textContent = `frame ${frame} of ${this.index.frameCount}`;
    // where it is going to, not what is on show: steps of the slider's own keys add up like the others
    if (this.slider && !this.isSliding) this.slider.value = String(this.frame);
    this.slider?.setAttribute("aria-valuetext", `${timecode(seconds)}, frame ${frame}`);
    this.lanes.setPosition(seconds);
    this.#emit("player:frame", { frame, seconds });
  }

  #onRate(rate) {
    this.querySelector("[data-rate]").textContent = rate === 0 ? "paused" : `${rate} x`;
    const play = this.querySelector("[data-do=play]");
    play.textContent = rate === 0 ? "Play" : "Pause";
  }

  #showMute() {
    this.querySelector("[data-do=mute]").setAttribute("aria-pressed", String(this.video.muted));
  }

  #say(words) {
    this.querySelector("[data-said]").textContent = words;
  }

  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

function metadata(video) {
  if (video.readyState >= HTMLMediaElement.HAVE_METADATA) return Promise.resolve();
  return new Promise((resolve, reject) => {
    video.addEventListener("loadedmetadata", resolve, { once: true });
    video.addEventListener("error", () => reject(new Error("The video could not be loaded.")), { once: true });
    // <source> children report their failure on themselves
    video.querySelector("source:last-of-type")?.addEventListener("error", () => reject(new Error("The video could not be loaded.")), { once: true });
  });
}

customElements.define("continuity-player", ContinuityPlayer);
