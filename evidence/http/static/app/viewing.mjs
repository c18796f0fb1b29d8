// Notices when a viewing has ended (its time is over, or the right to it is gone) and when the picture only stopped coming.
// A <video> never says why it failed, so the server is asked once more: 410 is the end, and so is 404, for a recipient's link
// that is over looks like one that never was; anything else may pass.

export const GONE = 410;
const NEVER_WAS = 404;
const AGAIN_MS = 5_000;

/** Whether the server says that this viewing is over; false where it cannot be reached. */
export async function isGone(url) {
  try {
    const answer = await fetch(url, { method: "HEAD", credentials: "same-origin", cache: "no-store" });
    return [GONE, NEVER_WAS].includes(answer.status);
  } catch (unreachable) {
    console.info("Whether the viewing has ended could not be asked:", unreachable.message);
    return false;
  }
}

export function addressOf(video) {
  return video.currentSrc || video.querySelector?.("source")?.src || video.src;
}

/** Follows a video that has begun: `onOver()` once the viewing has ended, `onLost(words)` while the picture does not
    come, `onBack()` when it comes again; it is tried for as long as the page is open. */
export class Viewing {
  constructor(video, hooks) {
    Object.assign(this, { video, hooks });
    video.addEventListener("error", () => this.#failed());
    // once it is loaded anew, a failure is told by the <source>
    video.querySelector?.("source:last-of-type")?.addEventListener("error", () => this.#failed());
    video.addEventListener("loadedmetadata", () => { if (this.isLost) this.#found(); });
  }

  async #failed() {
    if (await isGone(addressOf(this.video))) {
      this.hooks.onOver();
      return;
    }
    const { error } = this.video;
    if (error && error.code === MediaError.MEDIA_ERR_DECODE) {
      this.hooks.onLost("The picture cannot be shown from here on. Reload the page; if that does not help, download the file.");
      return;
    }
    this.isLost = true;
    this.hooks.onLost("The picture has stopped coming. It is being tried again.");
    setTimeout(() => this.video.load(), AGAIN_MS);
  }

  #found() {
    this.isLost = false;
    this.hooks.onBack();
  }
}
