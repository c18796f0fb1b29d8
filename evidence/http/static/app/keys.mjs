// Single-key shortcuts for a page: one place that listens, so that every island obeys the same rules.
// Dead while typing and while a dialog is open; never with Ctrl, Meta or Alt; can be switched off
// in the help dialog, and that is remembered for this browser. Every key has a control on the page that does the same.

const REMEMBERED = "continuity.keys";
const NOT_TYPING = new Set(["button", "checkbox", "radio", "range", "submit", "reset", "file", "image", "color"]);
// A box over the picture is a button to screen readers, but Space does nothing there: it goes on playing and pausing.
const ACTIVATED_BY_SPACE = "button, summary, a[role=button], input[type=checkbox], input[type=radio]";

const bindings = new Map();
const groups = [];

export function keysAreOn() {
  return window.localStorage.getItem(REMEMBERED) !== "off";
}

export function switchKeys(on) {
  window.localStorage.setItem(REMEMBERED, on ? "on" : "off");
}

/** Adds keys under a heading of the help dialog: [{keys: ["k", " "], label, shown, run}]. A later binding wins. */
export function bindKeys(heading, actions) {
  groups.push({ heading, actions });
  for (const action of actions) {
    for (const key of action.keys) bindings.set(key, action.run);
  }
}

/** What an event's key is called here: the character, or the key's name ("Delete"). A letter is upper case with Shift and
    lower case without ("Z", "z"), whatever Caps Lock makes of it. */
export function keyName(event) {
  if (event.key.length > 1) return event.shiftKey ? `Shift+${event.key}` : event.key;
  return event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
}

export function isTyping(target) {
  if (!(target instanceof Element)) return false;
  if (target.closest("textarea, select, [contenteditable]:not([contenteditable=false])")) return true;
  const input = target.closest("input");
  return Boolean(input) && !NOT_TYPING.has(input.type);
}

function onKeyDown(event) {
  if (!keysAreOn() && event.key !== "?") return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === " " && event.target instanceof Element && event.target.closest(ACTIVATED_BY_SPACE)) return;
  const run = bindings.get(keyName(event));
  if (!run) return;
  event.preventDefault();
  event.stopPropagation();
  run(event);
}

/** Fills the help dialog with every bound key, and opens it on `?`. */
export function installHelp(dialog) {
  bindKeys("Help", [{ keys: ["?"], shown: ["?"], label: "Show these keys", run: () => openHelp(dialog) }]);
  const toggle = dialog.querySelector("[data-keys-toggle]");
  toggle.checked = keysAreOn();
  toggle.addEventListener("change", () => switchKeys(toggle.checked));
  dialog.querySelector("[data-close]").addEventListener("click", () => dialog.close());
}

export function openHelp(dialog) {
  const list = dialog.querySelector("[data-keys-list]");
  list.replaceChildren(...groups.map(groupElement));
  dialog.showModal();
}

function groupElement({ heading, actions }) {
  const section = document.createElement("section");
  const title = document.createElement("h3");
  title.className = "govuk-heading-s app-keys__heading";
  title.textContent = heading;
  const rows = document.createElement("dl");
  rows.className = "app-keys__list";
  for (const { shown, label } of actions) {
    const term = document.createElement("dt");
    term.append(...shown.flatMap((key, at) => [at ? " or " : "", keyElement(key)]));
    const words = document.createElement("dd");
    words.textContent = label;
    rows.append(term, words);
  }
  section.append(title, rows);
  return section;
}

function keyElement(name) {
  const key = document.createElement("kbd");
  key.textContent = name;
  return key;
}

// Capturing, so that the native video controls do not act on the same key a second time.
document.addEventListener("keydown", onKeyDown, { capture: true });
