// The tables beside the picture: every track, mute, covered range and segment, with buttons for all that the mouse does.

import { colourOf } from "./overlay.mjs";
import { clock } from "./frames.mjs";
import { refill } from "./rows.mjs";

const KINDS = { face: "Face", person: "Person", plate: "Number plate", screen: "Screen", document: "Document", other: "Other" };
const EFFECTS = { solid: "solid", pixelate: "pixelate", none: "left visible" };

export function trackName(track) {
  return `${KINDS[track.kind] ?? KINDS.other} ${track.id.slice(1)}`;
}

/** Fills a table's body; `hooks`: onSelect(id), onSeek(frame), onRemove(id), picture(track). The table's region has the focus when none is left. */
export function fillTracks(body, draft, selected, hooks) {
  refill(body, draft.state.tracks.map((track, at) => trackRow(track, at, draft, selected, hooks)), body.closest("[role=region]"));
}

function trackRow(track, at, draft, selected, hooks) {
  const row = document.createElement("tr");
  row.dataset.track = track.id;
  row.dataset.row = track.id;
  row.style.setProperty("--box", colourOf(at));
  if (track.id === selected) row.setAttribute("aria-current", "true");
  const runs = draft.runs(track);
  const stretches = document.createElement("td");
  for (const [nth, run] of runs.entries()) {
    const line = document.createElement("div");
    const go = act(`go-${nth}`, clock(draft.index.secondsOf(run.start)), `Go to the start of ${trackName(track)}`, () => hooks.onSeek(run.start));
    line.append(go, " to ", ending(run, draft));
    stretches.append(line);
  }
  row.append(
    cell(...[hooks.picture(track)].filter(Boolean), swatch(), act("select", `${at + 1}. ${trackName(track)}`, `Select ${trackName(track)}`, () => hooks.onSelect(track.id)), small(about(track))),
    stretches,
    cell(act("remove", "Remove", `Remove ${trackName(track)}`, () => hooks.onRemove(track.id))),
  );
  return row;
}

function about(track) {
  const keys = track.keyframes.filter((each) => !each.outside).length;
  const drawn = `${keys} key frame${keys === 1 ? "" : "s"}`;
  const finder = track.found_by && track.found_by !== "hand" ? `, found by ${track.found_by.split(":")[0]}` : track.samples ? ", followed" : "";
  return `${EFFECTS[track.effect] ?? track.effect}${finder}${keys || !finder ? `, ${drawn}` : ""}`;
}

function small(words) {
  const made = document.createElement("div");
  made.className = "app-tracks__about";
  made.textContent = words;
  return made;
}

function ending(run, draft) {
  const words = document.createElement("span");
  if (run.end === null) {
    words.className = "app-tracks__open";
    words.textContent = "no end yet";
  } else {
    words.textContent = clock(draft.index.secondsOf(run.end));
  }
  return words;
}

/** Fills a list of ranges; `words(range)` is what stands after the times. Its section's heading has the focus when none is left. */
export function fillRanges(list, ranges, index, { words, onSeek, onRemove }) {
  const rows = ranges.map((range, at) => {
    const row = document.createElement("li");
    const times = `${clock(index.secondsOf(range.start_frame))} to ${clock(index.secondsOf(range.end_frame))}`;
    row.dataset.row = times;
    row.append(act("go", times, `Go to ${times}`, () => onSeek(range.start_frame)), ` ${words(range)} `, act("remove", "Remove", `Remove ${times}`, () => onRemove(at)));
    return row;
  });
  refill(list, rows, list.closest("section").querySelector("h2"));
}

function cell(...content) {
  const made = document.createElement("td");
  made.append(...content.flatMap((each, at) => (at ? [" ", each] : [each])));
  return made;
}

function swatch() {
  const made = document.createElement("span");
  made.className = "app-tracks__swatch";
  return made;
}

function act(control, words, label, run) {
  const made = document.createElement("button");
  made.type = "button";
  made.dataset.control = control;
  made.className = "app-tracks__act";
  made.textContent = words;
  made.setAttribute("aria-label", label.startsWith("Remove") || label.startsWith("Go") ? `${label}` : `${label}: ${words}`);
  made.addEventListener("click", run);
  return made;
}
