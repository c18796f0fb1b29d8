// The upload page: takes the files of a plain form, sends them one after the other, and shows a row for each.
// Without script the form posts the files itself. Data attributes of form[data-upload]: endpoint, chunk-bytes, person (id),
// expires-after-s, status-url (with {upload}; answers {state, words, href}). Fields named officer, camera, recorded_at and
// incident go along. While a file needs the page, `continuity:working` keeps the session alive and the page where it is.

import { UploadingFile, unfinishedNames } from "./upload-file.mjs";

const AT_ONCE = 2;
const TRY_AGAIN_MS = 30_000;
const FIELDS = ["officer", "camera", "recorded_at", "incident"];
const STEPS = [["received", "Sent"], ["checked", "Checked"], ["sealed", "Sealed"], ["playable", "Playable"]];
const LAST_STEP = { not_playable: "sealed", unknown: "received" };
const WORDS = {
  waiting: "Waiting its turn",
  reading: "Reading the file",
  sending: "Sending",
  paused: "Paused",
  stopped: "Connection lost",
  received: "Sent. Being checked",
  checked: "Checked. Being sealed",
  sealed: "Sealed. You can wipe the camera",
  playable: "Playable",
  not_playable: "Sealed and safe, but it cannot be played",
  failed: "Not accepted",
  unknown: "Sent, but what became of it cannot be shown here",
  cancelled: "Cancelled",
};

class UploadPage {
  constructor(form) {
    this.form = form;
    this.input = form.querySelector("input[type=file]");
    this.list = form.querySelector("[data-upload-list]");
    this.template = form.querySelector("template[data-upload-row]");
    this.files = [];
    this.isWorking = false;
    this.settings = {
      endpoint: new URL(form.dataset.endpoint, document.baseURI).href,
      chunkBytes: Number(form.dataset.chunkBytes) || 64 * 1024 * 1024,
      statusUrl: form.dataset.statusUrl ?? "",
      person: form.dataset.person ?? "",
    };
    form.addEventListener("submit", (event) => this.#submit(event));
    window.addEventListener("online", () => this.#resumeStopped());
    setInterval(() => this.#resumeStopped(), TRY_AGAIN_MS);
    window.addEventListener("beforeunload", (event) => {
      if (this.isWorking) event.preventDefault();
    });
    this.#sayUnfinished();
  }

  #submit(event) {
    if (!this.input.files.length) return;
    event.preventDefault();
    if (!this.form.reportValidity()) return;
    for (const file of this.input.files) this.#add(file);
    this.input.value = "";
    this.#next();
  }

  #add(file) {
    const row = this.template.content.firstElementChild.cloneNode(true);
    const uploading = new UploadingFile(file, this.settings, this.#metadata(), (changed) => this.#show(changed, row));
    row.querySelector("[data-name]").textContent = file.name;
    const acts = { pause: () => uploading.pause(), resume: () => this.#resume(uploading), cancel: () => uploading.cancel() };
    for (const [name, act] of Object.entries(acts)) {
      const button = row.querySelector(`[data-act=${name}]`);
      button.setAttribute("aria-label", `${button.textContent} ${file.name}`);
      button.addEventListener("click", act);
    }
    this.files.push(uploading);
    this.list.append(row);
    this.#show(uploading, row);
  }

  #metadata() {
    const entries = FIELDS.map((name) => [name, this.form.elements[name]?.value ?? ""]);
    const values = Object.fromEntries(entries);
    if (values.recorded_at) values.recorded_at = new Date(values.recorded_at).toISOString();
    return values;
  }

  get #free() {
    return Math.max(0, AT_ONCE - this.files.filter((each) => each.isActive).length);
  }

  #next() {
    for (const file of this.files.filter((each) => each.state === "waiting").slice(0, this.#free)) file.start();
  }

  #resume(file) {
    if (this.#free) file.resume();
    else file.wait();
  }

  #resumeStopped() {
    // those that stand longest first: a file that cannot go on must not keep the others back
    const stopped = this.files.filter((each) => each.state === "stopped").sort((one, other) => one.stoppedAt - other.stoppedAt);
    for (const file of stopped.slice(0, this.#free)) file.resume();
  }

  #show(file, row) {
    const share = file.file.size ? Math.floor((file.bytes / file.file.size) * 100) : 100;
    const isMoving = file.isActive || file.state === "paused" || file.state === "stopped";
    const isChanged = row.dataset.state !== file.state;
    row.dataset.state = file.state;
    row.classList.toggle("app-upload__row--failed", file.state === "failed");
    setText(row.querySelector("[data-words]"), file.words || WORDS[file.state] || file.state);
    setText(row.querySelector("[data-share]"), isMoving ? `${share} %` : "");
    const bar = row.querySelector("progress");
    bar.hidden = !isMoving;
    bar.value = share;
    const reached = STEPS.findIndex(([state]) => state === (LAST_STEP[file.state] ?? file.state));
    for (const [at, step] of [...row.querySelectorAll("[data-step]")].entries()) step.toggleAttribute("data-reached", at <= reached);
    const can = { pause: file.state === "sending", resume: ["paused", "stopped"].includes(file.state), cancel: isMoving || file.state === "waiting" };
    for (const [name, is] of Object.entries(can)) row.querySelector(`[data-act=${name}]`).hidden = !is;
    showLink(row.querySelector("[data-open]"), file.href);
    showLink(row.querySelector("[data-receipt]"), reached >= 2 ? file.receiptUrl : "");
    if (!file.isActive) this.#next();
    this.#tellWorking();
    if (isChanged) this.#sayUnfinished();
  }

  #tellWorking() {
    const isWorking = this.files.some((each) => each.needsPage);
    if (isWorking === this.isWorking) return;
    this.isWorking = isWorking;
    document.dispatchEvent(new CustomEvent("continuity:working", { detail: isWorking }));
  }

  async #sayUnfinished() {
    const lifetimeMs = Number(this.form.dataset.expiresAfterS) * 1000;
    const here = new Set(this.files.filter((each) => each.state !== "failed").map((each) => each.file.name));
    const names = (await unfinishedNames(this.settings.person, lifetimeMs)).filter((name) => !here.has(name));
    const words = this.form.querySelector("[data-unfinished]");
    words.hidden = !names.length;
    setText(words, names.length ? `Not finished on this computer: ${names.join(", ")}. Choose the same file again and it goes on where it stopped.` : "");
  }
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function showLink(link, href) {
  link.hidden = !href;
  if (href) link.href = href;
}

for (const form of document.querySelectorAll("form[data-upload]")) new UploadPage(form);
