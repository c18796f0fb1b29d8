// One file on its way to the vault: read (SHA-256), sent over tus, then followed until it is sealed and playable.
// A cut line or a closed lid is no failure: it goes on by itself, and the same file chosen again goes on where it was.

import "../vendor/tus-js-client/tus.min.js";
import { csrfToken } from "./csrf.mjs";
import { sha256Of } from "./digest.mjs";

const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
const FOLLOW_MS = 2000;
const SETTLED = new Set(["playable", "not_playable", "failed"]);
const PASSING_STATUSES = new Set([0, 409, 423, 429]);

export class UploadingFile {
  /** `settings`: endpoint, chunkBytes, statusUrl (with {upload}) or ''; `onChange(this)` after every change. */
  constructor(file, settings, metadata, onChange) {
    Object.assign(this, { file, settings, metadata, onChange });
    this.state = "waiting";
    this.bytes = 0;
    this.words = "";
    this.cancelled = new AbortController();
  }

  get isActive() {
    return ["reading", "sending"].includes(this.state);
  }

  async start() {
    this.#set("reading");
    try {
      this.upload = this.#makeUpload();
      const earlier = (await this.upload.findPreviousUploads()).find((each) => each.metadata.sha256);
      if (earlier) {
        this.upload.resumeFromPreviousUpload(earlier);
        this.upload.options.metadata = earlier.metadata;
      } else {
        this.upload.options.metadata = { ...this.#described(), sha256: await this.#read() };
      }
      await this.#send();
    } catch (failed) {
      if (failed.name !== "AbortError") this.#set("failed", { words: failed.message });
      return;
    }
    await this.#follow();
  }

  pause() {
    if (this.state !== "sending") return;
    this.upload.abort();
    this.#set("paused");
  }

  resume() {
    if (this.state !== "paused" && this.state !== "stopped") return;
    this.#set("sending");
    this.upload.start();
  }

  async cancel() {
    this.cancelled.abort();
    const wasSending = ["sending", "paused", "stopped"].includes(this.state);
    this.#set("cancelled");
    if (!wasSending) return;
    try {
      await this.upload.abort(true);
    } catch (unreachable) {
      // The server drops unfinished uploads by itself after their time.
      console.info("The upload could not be withdrawn at once:", unreachable.message);
    }
  }

  #described() {
    const given = Object.entries(this.metadata).filter(([, value]) => value);
    return { filename: this.file.name, filetype: this.file.type || "application/octet-stream", ...Object.fromEntries(given) };
  }

  #read() {
    this.#set("reading");
    return sha256Of(this.file, (bytes) => this.#set("reading", { bytes }), this.cancelled.signal);
  }

  #makeUpload() {
    return new window.tus.Upload(this.file, {
      endpoint: this.settings.endpoint,
      chunkSize: this.settings.chunkBytes,
      retryDelays: RETRY_DELAYS_MS,
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": csrfToken() },
      onShouldRetry: (failed) => isPassing(failed),
      onProgress: (bytes) => this.state === "sending" && this.#set("sending", { bytes }),
      onSuccess: () => this.sent(),
      onError: (failed) => this.#onError(failed),
    });
  }

  #send() {
    this.#set("sending", { bytes: 0 });
    return new Promise((resolve, reject) => {
      this.sent = resolve;
      this.refused = reject;
      this.cancelled.signal.addEventListener("abort", () => reject(new DOMException("Cancelled", "AbortError")));
      this.upload.start();
    });
  }

  #onError(failed) {
    if (isPassing(failed)) this.#set("stopped", { words: "The connection was lost. It goes on by itself when it is back." });
    else this.refused(new Error(refusal(failed)));
  }

  async #follow() {
    this.url = this.upload.url;
    this.#set("received", { bytes: this.file.size });
    while (!SETTLED.has(this.state)) {
      await new Promise((resolve) => { setTimeout(resolve, FOLLOW_MS); });
      await this.#ask();
      if (this.state === "sealed" && !this.settings.statusUrl) return;
    }
  }

  async #ask() {
    const id = this.url.replace(/\/$/, "").split("/").at(-1);
    const address = this.settings.statusUrl ? this.settings.statusUrl.replace("{upload}", encodeURIComponent(id)) : this.receiptUrl;
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } });
      if (this.settings.statusUrl && answer.ok) {
        const { state, words = "", href = "" } = await answer.json();
        this.#set(state, { words, href });
      } else if (answer.status === 200) {
        this.#set("sealed");
      }
    } catch (unreachable) {
      console.info("The state is not known at the moment:", unreachable.message);
    }
  }

  get receiptUrl() {
    return `${this.url.replace(/\/$/, "")}/receipt`;
  }

  #set(state, more = {}) {
    if (this.cancelled.signal.aborted && state !== "cancelled") return;
    Object.assign(this, { words: "" }, more, { state });
    this.onChange(this);
  }
}

function isPassing(failed) {
  const status = failed.originalResponse?.getStatus() ?? 0;
  return PASSING_STATUSES.has(status) || status >= 500;
}

function refusal(failed) {
  const body = failed.originalResponse?.getBody() ?? "";
  try {
    const { detail, title } = JSON.parse(body);
    return detail || title;
  } catch (notJson) {
    console.info("The refusal has no details:", notJson.message);
    return `The server refused the file (${failed.originalResponse?.getStatus()}). Check what you entered and try again.`;
  }
}
