// Warns before the session ends and lets a person stay. Tabs tell each other, so that work in one keeps all alive.
// When the time is up the page is left: recordings do not stay on an unattended screen.

const CHANNEL = "continuity-session";

export function watchSession(dialog, now = () => Date.now()) {
  const lasts = Number(dialog.dataset.expiresInS) * 1000;
  const warnBefore = Math.min(Number(dialog.dataset.warnBeforeS) * 1000, lasts / 2);
  const channel = new BroadcastChannel(CHANNEL);
  const left = dialog.querySelector("[data-session-left]");
  const problem = dialog.querySelector("[data-session-problem]");
  let endsAt = now() + lasts;

  const renew = () => {
    endsAt = now() + lasts;
    problem.hidden = true;
    if (dialog.open) dialog.close();
  };

  channel.postMessage("alive");
  channel.addEventListener("message", renew);
  document.addEventListener("htmx:after:request", renew);
  document.addEventListener("continuity:server-reached", renew);

  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.querySelector("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await stayed(event.target)) {
      renew();
      channel.postMessage("alive");
    } else {
      problem.hidden = false;
    }
  });

  setInterval(() => {
    const remaining = endsAt - now();
    if (remaining <= 0) {
      window.location.assign(dialog.dataset.expiredUrl);
    } else if (remaining <= warnBefore) {
      if (!dialog.open) dialog.showModal();
      left.textContent = inWords(remaining);
    }
  }, 1000);
}

async function stayed(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin" });
    return answer.ok && !answer.redirected;
  } catch (unreachable) {
    console.info("Staying signed in failed:", unreachable.message);
    return false;
  }
}

function inWords(milliseconds) {
  const seconds = Math.ceil(milliseconds / 1000);
  if (seconds >= 120) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds >= 60 ? "1 minute" : `${seconds} second${seconds === 1 ? "" : "s"}`;
}
