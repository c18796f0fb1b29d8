// Asks our own API and gives its JSON; what it refuses is raised in the words it says.

import { csrfToken } from "../app/csrf.mjs";

export async function asked(url, { body = undefined, method = body === undefined ? "GET" : "POST" } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") Object.assign(headers, { "Content-Type": "application/json", "X-CSRFToken": csrfToken() });
  const answer = await fetch(url, { method, credentials: "same-origin", headers, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(told.detail ?? `The server answered ${answer.status}. Reload the page and try again.`);
  document.dispatchEvent(new CustomEvent("continuity:server-reached"));
  return told;
}

export function wait(ms) {
  return new Promise((done) => { setTimeout(done, ms); });
}
