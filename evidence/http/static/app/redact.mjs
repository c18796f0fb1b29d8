// The redaction desk: joins the player, the boxes over the picture, the tables and the draft in its text field.
// The form around it posts as plain HTML; everything the mouse does, a button, an input or a key does too.
// Data attributes of [data-redact]: player (id), width, height (shown pixels of the Master), pad-pct, hold-frames, blocks.

import { bindKeys } from "./keys.mjs";
import { Draft } from "./draft.mjs";
import { Overlay, colourOf } from "./overlay.mjs";
import { Preview } from "./preview.mjs";
import { focusRow } from "./rows.mjs";
import { rowsOf } from "./samples.mjs";
import { Thumbs } from "./thumbs.mjs";
import { fillRanges, fillTracks, trackName } from "./tracks.mjs";
import "./player.mjs";

const NEW_BOX_SHARE = 0.2;

class Desk {
  constructor(root) {
    this.root = root;
    this.player = document.getElementById(root.dataset.player);
    this.field = root.querySelector("[data-draft]");
    this.rules = Object.fromEntries(["width", "height", "padPct", "holdFrames", "blocks"].map((name) => [name, Number(root.dataset[name])]));
    this.selected = null;
  }

  async start() {
    await customElements.whenDefined("continuity-player");
    await this.player.ready;
    if (!this.player.seeker) return;
    const { index, video } = this.player;
    this.draft = new Draft({ index, size: this.rules, text: this.field.value, onChange: () => this.#changed() });
    this.thumbs = new Thumbs(this.player, this.rules);
    this.preview = new Preview(this.player.querySelector("[data-preview]"), video, this.rules);
    this.overlay = new Overlay(this.player.querySelector("[data-boxes]"), video, this.rules, {
      onDraw: (box) => this.#add(box),
      onBox: (id, box) => {
        this.player.hold();
        this.draft.setKey(id, this.player.frame, box);
      },
      onSelect: (id) => this.#select(id),
      onTouch: () => this.player.hold(),
    });
    this.player.addEventListener("player:frame", () => this.#show());
    this.actions = this.#actions();
    this.#listen();
    this.#bind();
    this.#changed();
    this.root.desk = this;
    this.root.dataset.isReady = "";
    this.root.dispatchEvent(new CustomEvent("redact:ready", { bubbles: true }));
  }

  /** For what stands beside the desk and puts tracks into its draft. */
  select(id) {
    this.#select(id);
  }

  say(words) {
    this.#say(words);
  }

  get track() {
    return this.draft.track(this.selected);
  }

  #actions() {
    const onTrack = (run) => () => (this.track ? run(this.track) : this.#say("Choose a track first."));
    const onFrame = (run) => onTrack((track) => {
      this.player.hold();
      run(track, this.player.frame);
    });
    return {
      box: () => this.#addInTheMiddle(),
      "end-here": onFrame(({ id }, frame) => this.draft.endAfter(id, frame)),
      "end-last": onTrack(({ id }) => this.draft.endWithRecording(id)),
      "key-here": onFrame((track, frame) => this.#toggleKey(track, frame)),
      "key-previous": onTrack((track) => this.#toKey(track, -1)),
      "key-next": onTrack((track) => this.#toKey(track, 1)),
      split: onFrame(({ id }, frame) => this.#split(id, frame)),
      merge: onTrack(({ id }) => this.#merge(id)),
      remove: onTrack(({ id }) => this.draft.removeTrack(id)),
      mute: () => this.#addRange("mutes", {
        reason: this.#value("mute-reason"), ...(this.#value("mute-effect") === "bleep" ? { effect: "bleep" } : {}),
      }),
      cover: () => this.#addRange("frames", { effect: this.#value("cover-effect") }),
      segment: () => this.#addRange("segments", {}),
      undo: () => (this.draft.past.length ? this.draft.undo() : this.#say("There is nothing to undo.")),
      redo: () => (this.draft.future.length ? this.draft.redo() : this.#say("There is nothing to redo.")),
      preview: () => this.#togglePreview(),
    };
  }

  #bind() {
    const key = (keys, shown, label, run) => ({ keys, shown, label, run });
    const picks = Array.from({ length: 9 }, (_each, at) => key([String(at + 1)], [String(at + 1)], "", () => this.#pick(at)));
    bindKeys("Redacting", [
      key(["b"], ["B"], "Add a box", this.actions.box),
      key(["Delete"], ["Del"], "End the track after this frame", this.actions["end-here"]),
      key(["["], ["["], "Previous key frame", this.actions["key-previous"]),
      key(["]"], ["]"], "Next key frame", this.actions["key-next"]),
      { keys: picks.flatMap((each) => each.keys), shown: ["1 to 9"], label: "Choose a track", run: (event) => this.#pick(Number(event.key) - 1) },
      key(["x"], ["X"], "Keep only the segment from In to Out", this.actions.segment),
      key(["z"], ["Z"], "Undo", this.actions.undo),
      key(["Z"], ["Shift Z"], "Redo", this.actions.redo),
      key(["r"], ["R"], "Preview on or off", this.actions.preview),
    ]);
    bindKeys("On a box", [
      key([], ["Arrows"], "Move by 10 pixels", null),
      key([], ["Shift arrows"], "Resize by 10 pixels", null),
      key([], ["Alt"], "with either: by 1 pixel", null),
    ]);
  }

  #listen() {
    this.root.addEventListener("click", (event) => {
      const name = event.target.closest("[data-act]")?.dataset.act;
      if (name) this.actions[name]();
    });
    this.root.addEventListener("change", (event) => this.#onInput(event.target));
    this.root.addEventListener("keydown", (event) => {
      // Enter in a number must not send the form
      if (event.key !== "Enter" || !event.target.matches("[data-number]")) return;
      event.preventDefault();
      this.#onInput(event.target);
    });
  }

  #onInput(input) {
    if (!this.track) return;
    if (input.matches("[data-number]")) {
      this.player.hold();
      const box = this.draft.boxOn(this.track, this.player.frame);
      const value = Number(input.value);
      if (box && input.value.trim() && Number.isFinite(value) && value !== box[input.dataset.number]) {
        this.draft.setKey(this.selected, this.player.frame, { ...box, [input.dataset.number]: value });
      } else {
        this.#show();
      }
    } else if (input.matches("[data-choice]")) {
      this.draft.setTrack(this.selected, { [input.dataset.choice]: input.value });
    }
  }

  #add(box) {
    const last = this.track ?? this.draft.state.tracks.at(-1);
    const like = last ? { kind: last.kind, effect: last.effect, reason: last.reason } : { reason: this.#firstReason() };
    this.selected = this.draft.addTrack({ frame: this.player.frame, box, ...like });
    this.#changed();
    this.overlay.focus(this.selected);
    this.#say(`${trackName(this.track)} added. Go to where it moves and move the box; end it with Del.`);
  }

  #addInTheMiddle() {
    this.player.hold();
    const { width, height } = this.rules;
    const [w, h] = [width * NEW_BOX_SHARE, height * NEW_BOX_SHARE];
    this.#add({ x: (width - w) / 2, y: (height - h) / 2, w, h });
  }

  #firstReason() {
    return this.root.querySelector("[data-choice=reason]")?.value ?? "";
  }

  #toggleKey(track, frame) {
    const box = this.draft.boxOn(track, frame);
    if (box?.isKey) this.draft.removeKey(track.id, frame);
    else this.draft.setKey(track.id, frame, box ?? this.#nearestBox(track));
  }

  #nearestBox(track) {
    const boxes = rowsOf(track).filter((each) => !each.outside);
    return boxes.filter((each) => each.frame <= this.player.frame).at(-1) ?? boxes[0];
  }

  #split(id, frame) {
    const made = this.draft.split(id, frame);
    if (made) this.#select(made);
    this.#say(made ? `${trackName(this.track)} goes on from here.` : "There is nothing to part here: go to a frame inside the track.");
  }

  #merge(id) {
    const other = this.#value("merge-with");
    const name = other && trackName(this.draft.track(other));
    const isDone = other && this.draft.merge(id, other);
    this.#say(isDone ? `${name} is now part of ${trackName(this.track)}.` : "These cannot be one track: give both an end first; two detectors' finds stay apart.");
  }

  #toKey(track, way) {
    const frames = track.keyframes.map((each) => each.frame);
    const here = this.player.frame;
    const next = way > 0 ? frames.find((frame) => frame > here) : frames.filter((frame) => frame < here).at(-1);
    if (next === undefined) this.#say(way > 0 ? "No later key frame." : "No earlier key frame.");
    else this.player.seekFrame(next);
  }

  #pick(at) {
    const track = this.draft.state.tracks[at];
    if (!track) return;
    this.#select(track.id);
    this.overlay.focus(track.id);
  }

  #addRange(list, more) {
    const chosen = this.player.chosenFrames();
    if (!chosen) {
      this.#say("Set In and Out under the picture first (I and O).");
      return;
    }
    this.draft.addRange(list, { start_frame: chosen.first, end_frame: chosen.last + 1, ...more });
    this.player.clearRange();
  }

  #togglePreview() {
    this.preview.isOn = !this.preview.isOn;
    this.root.querySelector("[data-act=preview]").setAttribute("aria-pressed", String(this.preview.isOn));
    this.overlay.svg.classList.toggle("app-boxes--preview", this.preview.isOn);
    this.#show();
  }

  #select(id) {
    if (this.selected === id) return;
    this.selected = id;
    this.#changed();
  }

  #changed() {
    if (this.selected && !this.track) this.selected = null;
    this.field.value = this.draft.text;
    const wasInPanel = this.root.querySelector("[data-selected]").contains(document.activeElement);
    this.#fillTables();
    this.#show();
    if (wasInPanel && !this.track) this.#focusTrack(this.selectedAt);
    this.selectedAt = this.draft.state.tracks.indexOf(this.track);
    this.#say(this.#warning());
    for (const [name, steps] of [["undo", this.draft.past], ["redo", this.draft.future]]) {
      // not `disabled`, which would take the focus from whoever has just used up the last step
      this.root.querySelector(`[data-act=${name}]`).setAttribute("aria-disabled", String(!steps.length));
    }
    this.root.dispatchEvent(new CustomEvent("redact:change", { bubbles: true, detail: this.draft.state }));
  }

  /** Where the keyboard goes on when the chosen track and its panel have gone. */
  #focusTrack(at) {
    const body = this.root.querySelector("[data-tracks]");
    focusRow(body, at, body.closest("[role=region]"));
  }

  #warning() {
    const open = this.draft.openTracks();
    return open.length ? `Without an end: ${open.map(trackName).join(", ")}. Go to the last frame to cover and press Del.` : "";
  }

  #fillTables() {
    const seek = (frame) => this.player.seekFrame(frame);
    fillTracks(this.root.querySelector("[data-tracks]"), this.draft, this.selected, {
      onSelect: (id) => { this.#select(id); this.overlay.focus(id); },
      onSeek: seek,
      onRemove: (id) => this.draft.removeTrack(id),
      picture: (track) => this.thumbs.of(track),
    });
    const words = { mutes: (range) => (range.effect === "bleep" ? "a tone instead" : "muted"), frames: (range) => range.effect, segments: () => "kept" };
    for (const list of ["mutes", "frames", "segments"]) {
      fillRanges(this.root.querySelector(`[data-ranges=${list}]`), this.draft.state[list], this.player.index, {
        words: words[list], onSeek: seek, onRemove: (at) => this.draft.removeRange(list, at),
      });
    }
    const seconds = ({ start_frame, end_frame }) => [start_frame, end_frame].map((frame) => this.player.index.secondsOf(frame));
    this.player.lanes.setMarks({ mutes: this.draft.state.mutes.map(seconds), segments: this.draft.state.segments.map(seconds) });
  }

  #show() {
    const frame = this.player.frame;
    const boxes = this.draft.state.tracks.flatMap((track, at) => this.#boxOf(track, at, frame));
    this.overlay.show(boxes);
    this.preview.draw(this.draft, frame);
    this.#showSelected(boxes.find((box) => box.id === this.selected));
  }

  #boxOf(track, at, frame) {
    const box = this.draft.boxOn(track, frame);
    if (!box) return [];
    const run = this.draft.runs(track).find((each) => frame >= each.start && (each.end === null || frame < each.end));
    const padded = this.draft.rectOf(run, frame, this.rules.padPct);
    return [{ ...box, id: track.id, name: trackName(track), colour: colourOf(at), isSelected: track.id === this.selected, padded }];
  }

  #showSelected(box) {
    const panel = this.root.querySelector("[data-selected]");
    panel.hidden = !this.track;
    if (!this.track) return;
    panel.querySelector("[data-selected-name]").textContent = trackName(this.track);
    for (const input of panel.querySelectorAll("[data-number]")) {
      input.disabled = !box;
      input.value = box ? String(box[input.dataset.number]) : "";
    }
    for (const choice of panel.querySelectorAll("[data-choice]")) choice.value = this.track[choice.dataset.choice];
    this.#fillMerge(panel.querySelector("[data-value=merge-with]"));
    const keyHere = panel.querySelector("[data-act=key-here]");
    keyHere.setAttribute("aria-pressed", String(Boolean(box?.isKey)));
    panel.querySelector("[data-where]").textContent = box ? (box.isKey ? "Key frame." : "Between key frames.") : "Not covered on this frame.";
  }

  #fillMerge(select) {
    const others = this.draft.state.tracks.filter((each) => each.id !== this.selected);
    const ids = others.map((each) => each.id).join();
    select.closest("[data-merge]").hidden = !others.length;
    if (select.dataset.ids === ids) return;
    select.dataset.ids = ids;
    select.replaceChildren(...others.map((each) => new Option(trackName(each), each.id)));
  }

  #value(name) {
    return this.root.querySelector(`[data-value=${name}]`)?.value ?? "";
  }

  #say(words) {
    this.root.querySelector("[data-desk-said]").textContent = words;
  }
}

for (const root of document.querySelectorAll("[data-redact]")) new Desk(root).start();
