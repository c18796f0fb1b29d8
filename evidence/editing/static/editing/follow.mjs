// A drawn box, or a correction, followed back and on by a job: as far as the neighbouring key frames, or a minute. What it saw
// becomes samples of the track; where it was lost is said, with the time, and the stretch is left for a person to draw.
// Data attribute of the form: follow-url.

import { bindKeys } from "../app/keys.mjs";
import { trackName } from "../app/tracks.mjs";
import { asked, wait } from "./api.mjs";

const EVERY_MS = 1000;

class Follow {
  constructor(desk, url, part) {
    Object.assign(this, { desk, url, part, job: null, losses: new Map() });
    const { root } = desk;
    this.button = root.querySelector("[data-follow]");
    this.stop = root.querySelector("[data-follow-stop]");
    this.list = root.querySelector("[data-follow-lost]");
    this.button.addEventListener("click", () => this.#start());
    this.stop.addEventListener("click", () => this.#cancel());
    root.addEventListener("redact:change", () => this.#showLost());
    bindKeys("Redacting", [{ keys: ["t"], shown: ["T"], label: "Follow the chosen box back and on", run: () => this.#start() }]);
  }

  async #start() {
    const { desk } = this;
    const { track } = desk;
    if (this.job || !track) {
      desk.say(this.job ? "A box is being followed. Wait for it, or stop it." : "Choose a track first.");
      return;
    }
    desk.player.hold();
    const { frame } = desk.player;
    const box = desk.draft.boxOn(track, frame);
    if (!box) {
      desk.say("The track covers nothing on this frame. Go to a frame with its box, or draw it here.");
      return;
    }
    if (!box.isKey) desk.draft.setKey(track.id, frame, box);
    await this.#run(track.id, { frame, x: box.x, y: box.y, w: box.w, h: box.h, kind: track.kind, part: this.part, ...limits(desk.draft.track(track.id), frame) });
  }

  async #run(id, body) {
    const name = trackName(this.desk.track);
    this.job = {};
    this.#busy(true);
    try {
      let told = await asked(this.url, { body });
      for (this.job = told; ["queued", "running"].includes(told.state); told = await asked(told.href)) {
        this.desk.say(`Following ${name}: ${told.words}.`);
        await wait(EVERY_MS);
      }
      this.#ended(id, name, told);
    } catch (failed) {
      this.desk.say(`${name} was not followed. ${failed.message}`);
    }
    this.job = null;
    this.#busy(false);
  }

  #ended(id, name, told) {
    if (told.state !== "succeeded") {
      this.desk.say(told.state === "failed" ? `${name} was not followed. ${told.words}` : `Stopped. ${name} is as it was.`);
      return;
    }
    this.losses.set(id, told.lost);
    const isThere = this.desk.draft.followed(id, told.runs);
    const lost = told.lost.map((each) => each.words).join(" ");
    this.desk.say(isThere ? `${name} was followed. ${lost}` : `${name} was removed meanwhile, so what was followed is dropped.`);
  }

  async #cancel() {
    if (!this.job?.id) return;
    try {
      await asked(`/api/v1/jobs/${this.job.id}/cancel`, { method: "POST" });
    } catch (failed) {
      this.desk.say(failed.message);
    }
  }

  #busy(isBusy) {
    this.button.setAttribute("aria-disabled", String(isBusy));
    const hadFocus = document.activeElement === this.stop;
    this.stop.hidden = !isBusy;
    if (hadFocus && !isBusy) this.button.focus();
  }

  /** Where the chosen track was lost: a person looks there. */
  #showLost() {
    const rows = this.losses.get(this.desk.selected) ?? [];
    this.list.replaceChildren(...rows.map((each) => {
      const row = document.createElement("li");
      const go = document.createElement("button");
      Object.assign(go, { type: "button", className: "app-tracks__act", textContent: each.words });
      go.addEventListener("click", () => this.desk.player.seekFrame(each.start));
      row.append(go);
      return row;
    }));
  }
}

/** From behind the person's key frame before this one up to the one after it; where there is none, as far as is usual. */
function limits(track, frame) {
  const drawn = track.keyframes.filter((each) => !each.outside).map((each) => each.frame);
  const [before, after] = [drawn.filter((each) => each < frame).at(-1), drawn.find((each) => each > frame)];
  return { ...(before === undefined ? {} : { from_frame: before + 1 }), ...(after === undefined ? {} : { end_frame: after }) };
}

function begin(root) {
  const form = root.closest("form[data-follow-url]");
  if (form) new Follow(root.desk, form.dataset.followUrl, Number(form.querySelector("[name=part]").value));
}

for (const root of document.querySelectorAll("[data-redact][data-is-ready]")) begin(root);
document.addEventListener("redact:ready", ({ target }) => begin(target));
