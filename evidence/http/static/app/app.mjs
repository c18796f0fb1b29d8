// Starts what every page has: GOV.UK and MoJ components, copy buttons, the session warning, the filter's phone button.
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
