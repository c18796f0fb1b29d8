// Which stretches of a recording were really played, told to the server every ten seconds, at a pause and on leaving.
// A stretch is media time that ran past while playing; a seek ends one. What could not be sent is kept for the next time,
// unless the server says that the viewing has ended: then nothing more is told.

import { csrfToken } from "./csrf.mjs";
import { GONE } from "./viewing.mjs";

const EVERY_MS = 10_000;
const LONGEST_GAP_S = 1.5;

export class WatchedStretches {
  /** Posts {"stretches": [{"start_s", "end_s"}]} (seconds to the millisecond) to `url`; `onOver()`: the viewing has ended.
      `route(stretch)`: to which addresses what of it goes, [[url, stretch], ...]; all of it to `url` where left out. */
  constructor(video, url, { onStretch, onOver, route }) {
    Object.assign(this, { video, url, onStretch, onOver });
    this.route = route ?? ((stretch) => [[url, stretch]]);
    this.unsent = [];
    this.open = null;
    video.addEventListener("timeupdate", () => this.#advance());
    for (const event of ["play", "seeked"]) video.addEventListener(event, () => this.#begin());
    video.addEventListener("seeking", () => this.#close());
    for (const event of ["pause", "ended"]) {
      video.addEventListener(event, () => { this.#advance(); this.#close(); this.send(); });
    }
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.send(); });
    window.addEventListener("pagehide", () => { this.#close(); this.send(); });
    this.timer = setInterval(() => this.send(), EVERY_MS);
  }

  async send() {
    const stretches = this.#taken();
    if (this.isOver || !stretches.length) return;
    try {
      if (await this.#isOpen(stretches)) document.dispatchEvent(new CustomEvent("continuity:server-reached"));
      else this.onOver();
    } catch (unreachable) {
      console.info("Watched stretches were not accepted and will be sent again:", unreachable.message);
      this.unsent = [...stretches, ...this.unsent];
    }
  }

  /** Tells nothing from now on. */
  end() {
    this.isOver = true;
    clearInterval(this.timer);
  }

  #taken() {
    const stretches = [...this.unsent];
    if (this.open && this.open.end_s > this.open.start_s) {
      stretches.push({ ...this.open });
      this.open.start_s = this.open.end_s;
    }
    this.unsent = [];
    return stretches;
  }

  /** Whether they were taken; false where the viewing has ended, an error for anything that may be better later. */
  async #isOpen(stretches) {
    const byUrl = new Map();
    for (const [url, stretch] of stretches.flatMap((each) => this.route(each))) byUrl.set(url, [...(byUrl.get(url) ?? []), stretch]);
    const answers = await Promise.all([...byUrl].map(([url, own]) => this.#isTaken(url, own)));
    return answers.every(Boolean);
  }

  async #isTaken(url, stretches) {
    const answer = await fetch(url, {
      method: "POST",
      credentials: "same-origin",
      keepalive: true,
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
      body: JSON.stringify({ stretches: stretches.map(rounded) }),
    });
    if (answer.status === GONE) return false;
    if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
    return true;
  }

  #begin() {
    if (!this.video.paused && !this.open) this.open = { start_s: this.video.currentTime, end_s: this.video.currentTime };
  }

  #advance() {
    const at = this.video.currentTime;
    if (this.video.seeking || (this.video.paused && !this.open)) return;
    const runsOn = this.open && at >= this.open.end_s && at - this.open.end_s < LONGEST_GAP_S * Math.max(1, this.video.playbackRate);
    if (runsOn) {
      this.open.end_s = at;
      this.onStretch?.(this.open);
    } else {
      this.#close();
      this.#begin();
    }
  }

  #close() {
    if (this.open && this.open.end_s > this.open.start_s) this.unsent.push(this.open);
    this.open = null;
  }
}

function rounded({ start_s, end_s }) {
  return { start_s: Math.round(start_s * 1000) / 1000, end_s: Math.round(end_s * 1000) / 1000 };
}
