// Warns before the session ends and lets a person stay. All tabs read one moment, so that work in one keeps all alive.
// When the time is up the session is ended and the page left: recordings do not stay on an unattended screen. A page that
// works on what a person began (`continuity:working`: an upload) asks for more time by itself, and is never left.

import { csrfRenew } from "./csrf.mjs";

const ENDS_AT = "continuity-session-ends-at";
const TICK_MS = 1000;
const ASK_EVERY_MS = 60_000;
const ASK_MS = 20_000;
const SIGN_OUT_MS = 5000;
const LEAVE_AGAIN_MS = 10_000;

export function watchSession(dialog, now = () => Date.now()) {
  return new SessionWatch(dialog, now);
}

class SessionWatch {
  constructor(dialog, now) {
    Object.assign(this, { dialog, now, isWorking: false, isAsking: false, askedAt: 0, isLeaving: false });
    const { expiresInS, renewedEveryS, warnBeforeS } = dialog.dataset;
    // the server does not write every renewal down: it may count from one that was as much as this earlier
    this.lastsMs = Math.max(Number(expiresInS) - Number(renewedEveryS), Number(expiresInS) / 2) * 1000;
    this.warnMs = Math.min(Number(warnBeforeS) * 1000, this.lastsMs / 2);
    this.askEveryMs = Math.min(ASK_EVERY_MS, this.lastsMs / 4);
    this.overAt = -Infinity; // the moment that all tabs had in mind when the server said that the session is over
    this.#renew();
    this.#listen();
    setInterval(() => this.#tick(), TICK_MS);
  }

  #listen() {
    document.addEventListener("continuity:server-reached", () => this.#renew());
    document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
      // a part of the page that asks by itself how something goes: the server does not count that either
      if (ctx.request.method !== "GET" && ctx.response.raw.ok) this.#renew();
    });
    document.addEventListener("htmx:before:response", (event) => {
      // a part that asks by itself was told that nobody is signed in: as the whole page, it is to be come back to
      if (event.detail.ctx.hx.redirect !== this.dialog.dataset.expiredUrl) return;
      event.preventDefault();
      window.location.assign(this.#signIn({}));
    });
    document.addEventListener("continuity:working", ({ detail }) => { this.isWorking = detail; });
    window.addEventListener("pageshow", () => { this.isLeaving = false; });
    this.dialog.addEventListener("cancel", (event) => event.preventDefault());
    this.#find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#ask({ isByHand: true });
    });
  }

  #find(selector) {
    return this.dialog.querySelector(selector);
  }

  get #endsAt() {
    return Number(localStorage.getItem(ENDS_AT));
  }

  /** Never more than a whole session: the computer's clock may have been set back. */
  get #leftMs() {
    return Math.min(this.#endsAt - this.now(), this.lastsMs);
  }

  #renew() {
    localStorage.setItem(ENDS_AT, this.now() + this.lastsMs);
    this.#find("[data-session-problem]").hidden = true;
    if (this.dialog.open) this.dialog.close();
  }

  #tick() {
    const left = this.#leftMs;
    const isAskDue = left <= this.lastsMs - this.askEveryMs && this.now() - this.askedAt >= this.askEveryMs;
    if (this.isWorking && isAskDue) this.#ask({ isByHand: false });
    if (left <= 0 && !this.isWorking) this.#leave();
    else if (left <= 0 || this.#endsAt <= this.overAt) this.#showOver();
    else if (left <= this.warnMs) this.#warn(left);
    else if (this.dialog.open) this.dialog.close();
  }

  async #ask({ isByHand }) {
    if (this.isAsking && !isByHand) return;
    this.isAsking = true;
    this.askedAt = this.now();
    const outcome = await askToStay(this.#find("form"));
    this.isAsking = false;
    if (outcome === "stayed") this.#renew();
    else if (outcome === "ended") this.#end();
    else if (isByHand) this.#find("[data-session-problem]").hidden = false;
  }

  #end() {
    this.overAt = this.#endsAt;
    this.#showOver();
  }

  #warn(left) {
    this.#show({ isOver: false });
    this.#find("[data-session-left]").textContent = inWords(left);
  }

  #showOver() {
    const again = this.#find("[data-session-again]");
    again.href = this.#signIn({});
    // the files of an upload live in this page alone
    again.target = this.isWorking ? "_blank" : "";
    this.#find("[data-session-working]").hidden = !this.isWorking;
    const wasShown = this.dialog.open && !this.#find("[data-session-over]").hidden;
    this.#show({ isOver: true });
    if (!wasShown) again.focus();
  }

  #show({ isOver }) {
    this.#find("[data-session-soon]").hidden = isOver;
    this.#find("[data-session-over]").hidden = !isOver;
    this.dialog.setAttribute("aria-labelledby", isOver ? "session-over-title" : "session-watch-title");
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** Ends the session first: the server counts a little longer, and would let an unattended screen back in. */
  async #leave() {
    if (this.isLeaving) return;
    this.isLeaving = true;
    await signOut(this.dialog.dataset.signOutUrl, this.#find("form"));
    window.location.assign(this.#signIn({ ended: "idle" }));
    setTimeout(() => { this.isLeaving = false; }, LEAVE_AGAIN_MS);
  }

  #signIn(more) {
    const address = new URL(this.dialog.dataset.expiredUrl, document.baseURI);
    // what answers a form has often no page of its own to come back to
    const next = "posted" in this.dialog.dataset ? {} : { next: window.location.pathname + window.location.search };
    address.search = new URLSearchParams({ ...next, ...more });
    return address.href;
  }
}

/** 'stayed', 'ended' or 'unreachable'. */
async function askToStay(form) {
  const ask = () => post(form.action, new FormData(form), ASK_MS);
  try {
    let answer = await ask();
    if (answer.status === 403 && (await csrfRenew())) answer = await ask();
    if (answer.ok) return "stayed";
    return [401, 403].includes(answer.status) ? "ended" : "unreachable";
  } catch (unreachable) {
    console.info("Staying signed in failed:", unreachable.message);
    return "unreachable";
  }
}

async function signOut(url, form) {
  const body = new FormData(form);
  body.set("ended", "idle");
  try {
    await post(url, body, SIGN_OUT_MS);
  } catch (unreachable) {
    console.info("Signing out did not reach the server, whose session ends by itself:", unreachable.message);
  }
}

function post(url, body, timeoutMs) {
  return fetch(url, { method: "POST", body, credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(timeoutMs) });
}

function inWords(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds >= 60 ? "1 minute" : `${seconds} second${seconds === 1 ? "" : "s"}`;
}
