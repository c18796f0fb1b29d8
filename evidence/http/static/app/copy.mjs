// Copy buttons: <button data-copy="the whole text">. Says that it is done in the button itself, for two seconds.

const SHOWN_MS = 2000;

export function enableCopyButtons(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const label = button.firstChild;
    const usual = (button.dataset.label ??= label.textContent);
    label.textContent = (await copied(button.dataset.copy)) ? "Copied" : "Select it by hand";
    setTimeout(() => { label.textContent = usual; }, SHOWN_MS);
  });
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (refused) {
    // No secure context, or the browser's policy forbids it: the hash itself is shown for selecting by hand.
    console.info("Copying was refused:", refused.message);
    return false;
  }
}
