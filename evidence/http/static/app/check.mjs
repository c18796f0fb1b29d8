// 'Check a file': works out the SHA-256 of a file that is chosen or dropped, posts it by the page's own form, and shows the
// answer out of the page that comes back. The file and its name never leave this computer. Without script the form alone
// is there. Elements: [data-check] with the file input, -words, -progress and -cancel in it; -form and -answer beside it.

import { createAll, FileUpload } from "../vendor/govuk-frontend/govuk-frontend.min.js";
import { csrfRenew } from "./csrf.mjs";
import { sha256Of } from "./digest.mjs";

const STALE_TOKEN_STATUS = 403;
const UNREACHABLE = "The server cannot be reached. Choose the file again when the connection is back.";

class FileCheck {
  constructor(root) {
    this.root = root;
    this.form = document.querySelector("[data-check-form]");
    this.input = root.querySelector("input[type=file]");
    this.words = root.querySelector("[data-check-words]");
    this.progress = root.querySelector("[data-check-progress]");
    this.answer = document.querySelector("[data-check-answer]");
    this.running = null;
    root.hidden = false;
    createAll(FileUpload, {}, root);
    this.input.addEventListener("change", () => this.#chosen());
    root.querySelector("[data-check-cancel]").addEventListener("click", () => this.#cancel());
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => this.#dropped(event));
  }

  /** A file dropped beside the place for it would otherwise be opened in place of this page. */
  #dropped(event) {
    const files = event.dataTransfer?.files ?? [];
    if (files.length > 1) this.#say("Only one file can be checked at a time. Drop one.");
    if (files.length === 1 && !event.defaultPrevented) {
      this.input.files = files;
      this.input.dispatchEvent(new Event("change"));
    }
    event.preventDefault();
  }

  async #chosen() {
    const [file] = this.input.files;
    if (!file) return;
    this.input.value = ""; // else the same file, changed meanwhile, could not be chosen again
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.answer.replaceChildren();
    this.#tellWorking(true);
    try {
      this.#read(file, 0);
      const hex = await sha256Of(file, (bytes) => running.signal.aborted || this.#read(file, bytes), running.signal);
      this.#say(`${file.name}: read. Asking what it is`);
      await this.#ask(file, hex, running.signal);
    } catch (failed) {
      if (failed.name !== "AbortError") this.#fail(failed.message);
    }
    if (this.running === running) this.#end();
  }

  async #ask(file, hex, signal) {
    const answer = await this.#post({ sha256: hex, size_bytes: String(file.size) }, signal);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = page.querySelector("[data-check-answer]");
    if (!answer.ok || !told) throw new Error(refusalOf(page) || `The server does not answer this (${answer.status}).`);
    document.dispatchEvent(new CustomEvent("continuity:server-reached"));
    this.answer.replaceChildren(...told.childNodes);
    this.#say(`${file.name} was checked.`);
    this.answer.querySelector("h2")?.focus();
  }

  async #post(values, signal) {
    const sent = await this.#send(values, signal);
    return sent.status === STALE_TOKEN_STATUS && (await csrfRenew()) ? this.#send(values, signal) : sent;
  }

  #send(values, signal) {
    const body = new URLSearchParams(new FormData(this.form));
    for (const [name, value] of Object.entries(values)) body.set(name, value);
    return fetch(this.form.action, { method: "POST", body, credentials: "same-origin", signal }).catch((failed) => {
      if (failed.name === "AbortError") throw failed;
      console.info("The check could not be sent:", failed.message);
      throw new Error(UNREACHABLE);
    });
  }

  #read(file, bytes) {
    const share = file.size ? Math.floor((bytes / file.size) * 100) : 100;
    this.progress.querySelector("progress").value = share;
    this.#say(`${file.name}: ${share}\u00a0% read`);
  }

  #cancel() {
    this.running?.abort();
    this.#fail("Cancelled. Nothing was sent.");
    this.#end();
  }

  /** Says why there is no answer, and that no file is chosen any more. */
  #fail(words) {
    this.input.dispatchEvent(new Event("change"));
    this.#say(words);
  }

  #end() {
    this.running = null;
    this.#tellWorking(false);
  }

  /** Reading may take longer than a session may be idle: the page says that it is at work. */
  #tellWorking(isWorking) {
    this.progress.hidden = !isWorking;
    document.dispatchEvent(new CustomEvent("continuity:working", { detail: isWorking }));
  }

  #say(words) {
    if (this.words.textContent !== words) this.words.textContent = words;
  }
}

/** What an error page says to people. */
function refusalOf(page) {
  const said = ["main h1", "main .govuk-body"].map((selector) => page.querySelector(selector)?.textContent.trim());
  return said.filter(Boolean).join(": ");
}

for (const root of document.querySelectorAll("[data-check]")) new FileCheck(root);
