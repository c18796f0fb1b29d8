// What detectors found, beside the redaction desk: a list to decide on, each find drawn over the picture, and how the look
// for them goes. Covering a find, or leaving it visible, makes a track of the draft; what is in the draft is decided.
// Data attributes of [data-found]: url (of the looks), detection (id of the look on show; empty: none, and nothing to do).

import { clock } from "../app/frames.mjs";
import { bindKeys } from "../app/keys.mjs";
import { focusRow, refill } from "../app/rows.mjs";
import { samplesOf } from "../app/samples.mjs";
import { asked, wait } from "./api.mjs";

const EVERY_MS = 2000;
const [TAG_PX, LETTER_PX] = [17, 7.2];
const SVG = "http://www.w3.org/2000/svg";
const KINDS = { face: "Face", person: "Person", plate: "Number plate", screen: "Screen", document: "Document", other: "Thing" };

class Found {
  constructor(panel, desk) {
    Object.assign(this, { panel, desk, proposals: [], chosen: null });
    this.list = panel.querySelector("[data-found-list]");
    this.layer = desk.player.querySelector("[data-found-layer]");
    this.layer.setAttribute("viewBox", `0 0 ${desk.rules.width} ${desk.rules.height}`);
    this.layer.setAttribute("preserveAspectRatio", "none");
    desk.overlay.align();
    desk.root.addEventListener("redact:change", () => this.#show());
    desk.player.addEventListener("player:frame", () => this.#draw());
    panel.addEventListener("click", (event) => this.#act(event.target.closest("[data-found-act]")?.dataset));
    this.#bind();
    this.#show();
    this.#watch(`${panel.dataset.url}/${panel.dataset.detection}`);
  }

  #bind() {
    const key = (name, shown, label, run) => ({ keys: [name], shown: [shown], label, run });
    bindKeys("What was found", [
      key("f", "F", "Next find", () => this.#step(1)),
      key("F", "Shift F", "Previous find", () => this.#step(-1)),
      key("c", "C", "Cover the chosen find", () => this.#decide([this.chosen], "solid")),
      key("v", "V", "Leave the chosen find visible", () => this.#decide([this.chosen], "none")),
    ]);
  }

  #act(given) {
    if (!given) return;
    const ids = given.find ? [given.find] : this.open.map((each) => each.id);
    if (given.foundAct === "cover") this.#decide(ids, "solid");
    else if (given.foundAct === "leave") this.#decide(ids, "none");
    else if (given.foundAct === "go") this.#choose(given.find);
  }

  /** Asks how the look goes until it ends; what is ready is fetched as it comes. */
  async #watch(url) {
    let ready = -1;
    for (let state = "live"; state === "live";) {
      try {
        const told = await asked(url);
        if (told.ready !== ready) await this.#fetch(`${url}/tracks`);
        ({ state, ready } = told);
        this.#told(told);
      } catch (failed) {
        this.#say(`What was found cannot be told now. ${failed.message}`);
      }
      if (state === "live") await wait(EVERY_MS);
    }
  }

  async #fetch(url) {
    this.proposals = (await asked(url)).tracks.map((row, at) => ({ ...row, number: String(at + 1), name: `${KINDS[row.kind] ?? KINDS.other} found ${at + 1}` }));
    this.#show();
  }

  #told({ state, words, ready, stretches }) {
    const bar = this.panel.querySelector("[data-found-bar]");
    bar.hidden = state !== "live";
    bar.max = stretches.length;
    bar.value = ready;
    for (const each of this.panel.querySelectorAll("[data-found-live]")) each.hidden = state !== "live";
    const parts = stretches.length > 1 && state !== "done" ? ` ${ready} of ${stretches.length} stretches can be used.` : "";
    this.#say({
      live: `Looking: ${words}.${parts}`,
      done: this.proposals.length ? "All of it was looked at." : "All of it was looked at, and nothing was found. Look yourself.",
    }[state] ?? `${words}${parts} What is not listed was not looked at.`);
  }

  /** The finds nobody has decided on, each as a track without an id; what was taken of one early is left out of it. */
  get open() {
    const decided = new Set(this.desk.draft.state.tracks.flatMap((each) => each.found ?? []));
    return this.proposals.flatMap((row) => {
      // what goes on in a piece that was taken already goes on there no more
      const goesOn = (at) => row.pieces[at].is_carried && !decided.has(row.pieces[at + 1].id);
      const pieces = row.pieces.map((each, at) => ({ ...each, is_carried: goesOn(at) })).filter((each) => !decided.has(each.id));
      if (!pieces.length) return [];
      if (!row.track || row.track.found.length !== pieces.length) row.track = trackOf(row, pieces);
      return [row];
    });
  }

  #decide(ids, effect) {
    const rows = this.open.filter((each) => ids.includes(each.id));
    if (!rows.length) {
      this.#say("Choose a find first (F).");
      return;
    }
    const at = this.open.indexOf(rows[0]);
    const wasInList = this.list.contains(document.activeElement);
    const reason = this.desk.root.querySelector("[data-choice=reason]")?.value ?? "";
    this.desk.draft.addFound(rows.map((row) => ({ ...row.track, effect, reason })));
    const next = this.open[Math.min(at, this.open.length - 1)];
    if (next && ids.length === 1) this.#choose(next.id);
    if (wasInList || document.activeElement === document.body) focusRow(this.list, at, this.panel.querySelector("h2"));
    this.#say(`${rows.length === 1 ? rows[0].name : `${rows.length} finds`} ${effect === "none" ? "left visible" : "covered"}. Undo with Z.`);
  }

  #step(way) {
    const { open } = this;
    const at = open.findIndex((each) => each.id === this.chosen);
    const next = open[at === -1 ? (way > 0 ? 0 : open.length - 1) : at + way];
    if (next) this.#choose(next.id);
    else this.#say(open.length ? "That is the last one." : "There is nothing left to decide on.");
  }

  #choose(id) {
    const row = this.proposals.find((each) => each.id === id);
    this.chosen = id;
    this.desk.player.hold();
    this.desk.player.seekFrame(row.best[0] >= row.track.first && row.best[0] < row.track.end ? row.best[0] : row.track.first);
    this.#show();
    this.list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  #show() {
    const { open } = this;
    this.shown = open;
    if (!open.some((each) => each.id === this.chosen)) this.chosen = null;
    const heading = this.panel.querySelector("h2");
    refill(this.list, open.map((row) => this.#row(row)), heading);
    for (const each of this.panel.querySelectorAll("[data-found-all]")) each.hidden = open.length < 1;
    this.panel.querySelector("[data-found-count]").textContent = open.length ? `${open.length} to decide on` : "";
    this.#draw();
  }

  #row(row) {
    const made = document.createElement("li");
    made.className = "app-found__row";
    made.dataset.row = row.id;
    if (row.id === this.chosen) made.setAttribute("aria-current", "true");
    const seconds = (frame) => clock(this.desk.draft.index.secondsOf(frame));
    const times = `${seconds(row.track.first)} to ${seconds(row.track.end)}`;
    const about = document.createElement("span");
    about.className = "app-found__about";
    about.textContent = `${times}. By ${row.found_by.split(":")[0]}, ${row.is_doubtful ? "not sure" : "sure"}.`;
    const act = (name, words, label) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "app-tracks__act", textContent: words });
      Object.assign(button.dataset, { foundAct: name, find: row.id, control: name });
      button.setAttribute("aria-label", label);
      return button;
    };
    made.append(
      act("go", row.name, `${row.name}: go to where it is seen best`), " ", about, " ",
      act("cover", "Cover", `Cover ${row.name}`), " ", act("leave", "Leave visible", `Leave visible ${row.name}`),
    );
    return made;
  }

  /** Every find that is on this frame and not decided on. */
  #draw() {
    const frame = this.desk.player.frame;
    const { x, y } = this.desk.overlay.scale ?? { x: 1, y: 1 };
    this.layer.replaceChildren(...(this.shown ?? []).flatMap((row) => {
      const box = this.desk.draft.boxOn(row.track, frame);
      if (!box) return [];
      const group = drawn("g", { class: row.id === this.chosen ? "app-found app-found--chosen" : "app-found" });
      const at = { transform: `translate(${box.x} ${box.y + box.h + 2 * y}) scale(${x} ${y})` };
      const name = drawn("text", { class: "app-found__name", ...at, x: 4, y: TAG_PX - 4 });
      name.textContent = row.number;
      const tag = drawn("rect", { class: "app-found__tag", ...at, width: row.number.length * LETTER_PX + 8, height: TAG_PX });
      const place = { x: box.x, y: box.y, width: box.w, height: box.h };
      group.append(drawn("rect", { class: "app-found__halo", ...place }), drawn("rect", { class: "app-found__edge", ...place }), tag, name);
      return [group];
    }));
  }

  #say(words) {
    this.panel.querySelector("[data-found-said]").textContent = words;
  }
}

function trackOf(row, pieces) {
  const { samples, end } = samplesOf(pieces);
  const found = pieces.map((each) => each.id);
  return Object.defineProperty({ kind: row.kind, keyframes: [], samples, end, found, found_by: row.found_by }, "first", { value: samples[0][0] });
}

function drawn(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}

function begin(root) {
  const panel = root.querySelector("[data-found]");
  if (panel?.dataset.detection) new Found(panel, root.desk);
}

for (const root of document.querySelectorAll("[data-redact][data-is-ready]")) begin(root);
document.addEventListener("redact:ready", ({ target }) => begin(target));
