// Which stretches of a recording were really played, told to the server every ten seconds, at a pause and on leaving.
// A stretch is media time that ran past while playing; a seek ends one. What could not be sent is kept for the next time.

import { postJson } from "./csrf.mjs";

const EVERY_MS = 10_000;
const LONGEST_GAP_S = 1.5;

export class WatchedStretches {
  /** Posts {"stretches": [{"start_s", "end_s"}]} (seconds to the millisecond) to `url`. */
  constructor(video, url, onStretch) {
    this.video = video;
    this.url = url;
    this.onStretch = onStretch;
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
    setInterval(() => this.send(), EVERY_MS);
  }

  async send() {
    const stretches = [...this.unsent];
    if (this.open && this.open.end_s > this.open.start_s) {
      stretches.push({ ...this.open });
      this.open.start_s = this.open.end_s;
    }
    this.unsent = [];
    if (!stretches.length) return;
    try {
      await postJson(this.url, { stretches: stretches.map(rounded) }, { keepalive: true });
      document.dispatchEvent(new CustomEvent("continuity:server-reached"));
    } catch (unreachable) {
      console.info("Watched stretches were not accepted and will be sent again:", unreachable.message);
      this.unsent = [...stretches, ...this.unsent];
    }
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
