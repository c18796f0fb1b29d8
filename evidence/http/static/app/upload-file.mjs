// One file on its way to the vault: read (SHA-256), sent over tus, then followed until it is sealed and playable.
// A cut line or a closed lid is no failure: it goes on by itself, and the same file chosen again goes on where it was.
// What a person left unfinished is kept under their id: the next one at this computer neither sees nor continues it.

import "../vendor/tus-js-client/tus.min.js";
import { csrfRenew, csrfToken } from "./csrf.mjs";
import { sha256Of } from "./digest.mjs";

const RETRY_DELAYS_MS = [0, 1000, 3000, 5000, 10_000, 20_000, 30_000];
const FOLLOW_MS = 2000;
const SETTLED = new Set(["playable", "not_playable", "failed", "unknown"]);
const PASSING_STATUSES = new Set([0, 408, 409, 423, 429]);
const REFUSED_STATUS = 409; // of a receipt: there will never be one
const STALE_TOKEN_STATUSES = new Set([403, 423]);
const LOST = "The connection was lost. It goes on by itself when it is back.";
const EXPIRIES = "continuity-upload-expires";

export class UploadingFile {
  /** `settings`: endpoint, chunkBytes, person, statusUrl (with {upload}) or ''; `onChange(this)` after every change. */
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

  /** Whether the page must stay for it: it is on its way, its turn comes, or it goes on by itself. */
  get needsPage() {
    return this.isActive || ["waiting", "stopped"].includes(this.state);
  }

  async start() {
    if (this.sent) {
      this.#goOn();
      return;
    }
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
    if (this.state === "paused" || this.state === "stopped") this.#goOn();
  }

  /** Takes its place among those that wait; `start` then goes on where it was. */
  wait() {
    if (this.state === "paused" || this.state === "stopped") this.#set("waiting");
  }

  async cancel() {
    this.cancelled.abort();
    this.#set("cancelled");
    if (!this.sent) return;
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
      fingerprint: async (file) => fingerprintOf(file, this.settings),
      onBeforeRequest: (request) => this.#sign(request),
      onAfterResponse: (request, response) => this.#onAnswer(request, response),
      onShouldRetry: (failed) => this.#mayPass(failed),
      onProgress: (bytes) => this.state === "sending" && this.#set("sending", { bytes, words: this.words }),
      onChunkComplete: () => this.state === "sending" && this.#set("sending"),
      onSuccess: () => this.sent(),
      onError: (failed) => this.#onError(failed),
    });
  }

  /** The token is read for each request: in the hours of an upload another tab may have signed in anew. */
  async #sign(request) {
    if (this.isTokenStale) await csrfRenew();
    this.isTokenStale = false;
    request.setHeader("X-CSRFToken", csrfToken());
  }

  #onAnswer(request, response) {
    const status = response.getStatus();
    this.isTokenStale = STALE_TOKEN_STATUSES.has(status);
    if (status < 200 || status >= 300) return;
    noteExpiry(response.getHeader("Location") ?? request.getURL(), response.getHeader("Upload-Expires"));
    document.dispatchEvent(new CustomEvent("continuity:server-reached"));
  }

  #goOn() {
    this.#set("sending");
    this.upload.start();
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

  #mayPass(failed) {
    const isPassing = isPassingFailure(failed);
    if (isPassing && this.state === "sending") this.#set("sending", { words: wordsOf(failed) });
    return isPassing;
  }

  #onError(failed) {
    if (isPassingFailure(failed)) this.#set("stopped", { words: wordsOf(failed), stoppedAt: Date.now() });
    else this.refused(new Error(wordsOf(failed)));
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
      // X-Poll: the server must not take this for a person at work
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "application/json", "X-Poll": "true" } });
      if (!answer.ok) this.#onUntold(answer.status, said(await answer.text()));
      else if (this.settings.statusUrl) this.#onTold(await answer.json());
      else if (answer.status === 200) this.#set("sealed");
    } catch (unreachable) {
      console.info("The state is not known at the moment:", unreachable.message);
      this.#set(this.state, { words: "Sent. The server cannot be reached to ask what became of it, still trying." });
    }
  }

  #onTold({ state, words = "", href = "" }) {
    this.#set(state, { words, href });
  }

  #onUntold(status, words) {
    const isPassing = PASSING_STATUSES.has(status) || status === 401 || status >= 500;
    if (status === REFUSED_STATUS && !this.settings.statusUrl) this.#set("failed", { words });
    else if (isPassing) this.#set(this.state, { words: words || `Sent. The server does not say what became of it at the moment (${status}).` });
    else this.#set("unknown", { words });
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

/** Names of the files that this person left unfinished here; drops what the server has given up, whoever began it. */
export async function unfinishedNames(person, lifetimeMs) {
  const storage = window.tus.defaultOptions.urlStorage;
  const stored = await storage.findAllUploads();
  const expiries = expiriesRead();
  const isOver = (each) => (expiries[each.uploadUrl] ?? Date.parse(each.creationTime) + lifetimeMs) < Date.now();
  for (const each of stored.filter(isOver)) await storage.removeUpload(each.urlStorageKey);
  const left = stored.filter((each) => !isOver(each));
  const addresses = new Set(left.map((each) => each.uploadUrl));
  expiriesWrite(Object.entries(expiriesRead()).filter(([url]) => addresses.has(url)));
  const own = left.filter((each) => each.urlStorageKey.startsWith(`tus::${ownerOf(person)}`) && each.metadata?.filename);
  return [...new Set(own.map((each) => each.metadata.filename))];
}

function ownerOf(person) {
  return `continuity-${person}-`;
}

function fingerprintOf(file, { person, endpoint }) {
  return ownerOf(person) + [file.name, file.type, file.size, file.lastModified, endpoint].join("-");
}

function expiriesRead() {
  return JSON.parse(localStorage.getItem(EXPIRIES) ?? "{}");
}

function expiriesWrite(pairs) {
  localStorage.setItem(EXPIRIES, JSON.stringify(Object.fromEntries(pairs)));
}

/** When the server will give the upload up, in its own words: each chunk puts that off. */
function noteExpiry(url, text) {
  const at = Date.parse(text ?? "");
  if (at) expiriesWrite([...Object.entries(expiriesRead()), [new URL(url, document.baseURI).href, at]]);
}

function isPassingFailure(failed) {
  const status = failed.originalResponse?.getStatus() ?? 0;
  return PASSING_STATUSES.has(status) || status >= 500;
}

/** Why it does not go on: in the server's words where it answered with any. */
function wordsOf(failed) {
  const status = failed.originalResponse?.getStatus() ?? 0;
  if (!status) return LOST;
  const words = said(failed.originalResponse.getBody());
  if (words) return words;
  if (isPassingFailure(failed)) return `The server cannot take it at the moment (${status}). It goes on by itself.`;
  return `The server refused the file (${status}). Check what you entered and try again.`;
}

/** The sentence for people in a problem document; '' in anything else. */
function said(body) {
  try {
    const { detail, title } = JSON.parse(body);
    return detail || title || "";
  } catch (notJson) {
    console.info("The refusal has no details:", notJson.message);
    return "";
  }
}
