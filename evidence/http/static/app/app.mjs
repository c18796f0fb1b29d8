// Starts what every page has: GOV.UK and MoJ components, copy buttons, the session warning, the filter's phone button,
// and a word beside what asks the server by itself (htmx) while no answer comes. It goes on asking.
// Islands (player, redaction desk, upload) are modules of their own, loaded by the pages that hold them.

import { createAll, Button, Checkboxes, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink }
  from "../vendor/govuk-frontend/govuk-frontend.min.js";
import { FilterToggleButton, SortableTable } from "../vendor/moj-frontend/moj-frontend.min.js";
import { watchSession } from "./session.mjs";
import { enableCopyButtons } from "./copy.mjs";

for (const component of [Button, Checkboxes, ErrorSummary, NotificationBanner, Radios, ServiceNavigation, SkipLink]) {
  createAll(component);
}
createAll(SortableTable);

for (const panel of document.querySelectorAll("[data-filter-panel]")) {
  new FilterToggleButton(panel, {
    bigModeMediaQuery: "(min-width: 60em)",
    startHidden: false, // by its own default the panel starts hidden on a wide screen too
    toggleButton: { showText: "Show filter", hideText: "Hide filter", classes: "govuk-button--secondary app-button-small" },
    toggleButtonContainer: { element: panel.previousElementSibling },
    closeButton: { text: "Close", classes: "moj-filter__close" },
    closeButtonContainer: { selector: ".moj-filter__header-action" },
  });
}

enableCopyButtons(document);
const dialog = document.getElementById("session-watch");
if (dialog) watchSession(dialog);

const UNREACHABLE = "The server cannot be reached, still trying.";
const REFUSED = "This is no longer kept up to date. Load the page again to see how it stands.";
const PASSING = [408, 429];

document.addEventListener("htmx:error", ({ target, detail: { ctx } }) => {
  if (ctx && !ctx.response) sayBeside(target, UNREACHABLE);
});
document.addEventListener("htmx:response:error", ({ target, detail: { ctx: { response } } }) => {
  sayBeside(target, response.status >= 500 || PASSING.includes(response.status) ? UNREACHABLE : REFUSED);
});
document.addEventListener("htmx:after:request", ({ target, detail: { ctx } }) => {
  if (ctx.response.raw.ok) sayBeside(target, "");
});

/** In the place that the part has for it, which is read out; a part without one is itself a live region. */
function sayBeside(part, words) {
  let place = part.querySelector("[data-poll-problem]");
  if ((place?.textContent ?? "") === words) return;
  if (!place) {
    place = document.createElement("div");
    place.dataset.pollProblem = "";
    part.append(place);
  }
  const line = document.createElement("p");
  line.className = "govuk-body govuk-!-font-weight-bold";
  line.textContent = words;
  place.replaceChildren(...(words ? [line] : []));
}
