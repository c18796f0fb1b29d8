// What the editor's pages add to the player and the desk: the still's field follows the picture, and a drawing is kept
// on the server as it is made. Without script both fields are typed in and sent with the form.

import { csrfToken } from "../app/csrf.mjs";

const KEEP_AFTER_MS = 800;

/** Fills fields marked data-follow-frame with the frame on show, until somebody types in them. */
function followFrames() {
  for (const field of document.querySelectorAll("[data-follow-frame]")) {
    let isTyped = field.value !== "";
    field.addEventListener("input", () => { isTyped = field.value !== ""; });
    document.addEventListener("player:frame", ({ detail }) => {
      if (!isTyped) field.value = `f${detail.frame}`;
    });
  }
}

class Keeper {
  constructor(form) {
    this.url = form.dataset.draftUrl;
    this.said = form.querySelector("[data-draft-said]");
    this.kept = null;
    this.waiting = null;
    form.addEventListener("redact:change", ({ detail }) => this.#changed(JSON.stringify(detail)));
    window.addEventListener("pagehide", () => this.#flush(true));
    // what is being thrown away must not be kept once more on leaving
    document.querySelector("[data-draft-clear]")?.addEventListener("submit", () => { this.kept = this.text; });
  }

  #changed(text) {
    // the first change is the desk showing what the server sent
    if (this.kept === null) this.kept = text;
    this.text = text;
    clearTimeout(this.waiting);
    if (text !== this.kept) this.waiting = setTimeout(() => this.#flush(false), KEEP_AFTER_MS);
  }

  async #flush(keepalive) {
    clearTimeout(this.waiting);
    const { text } = this;
    if (this.kept === null || text === this.kept) return;
    this.kept = text;
    try {
      const answer = await fetch(this.url, {
        method: "PUT",
        credentials: "same-origin",
        keepalive,
        headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
        body: text,
      });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      document.dispatchEvent(new CustomEvent("continuity:server-reached"));
      this.said.textContent = "Your drawing is kept.";
    } catch (failed) {
      this.kept = "";
      this.said.textContent = `Your drawing is not kept on the server yet; it is still on this page. ${failed.message}`;
    }
  }
}

followFrames();
for (const form of document.querySelectorAll("form[data-draft-url]")) new Keeper(form);
