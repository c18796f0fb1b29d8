// Loaded before anything is painted, so that what needs script is never shown without it and the other way about.
// A file of its own, for the content security policy allows no script in the page.
document.body.classList.add("js-enabled", "govuk-frontend-supported");
