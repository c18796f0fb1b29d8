// Where things lie on the player's time line. In one file a frame or a second is what it is; on a reel both are told with the
// number of their part, in which they count, for that is how they are written down, sent and reported.

export class Places {
  /** `reel`: {parts: [{number, watched_url, ...}], joints} as the page was given it, or null for one file. */
  constructor(index, reel) {
    Object.assign(this, { index, reel });
  }

  /** A frame of the time line as {part, frame}; {frame} in one file. */
  of(frame) {
    if (!this.reel) return { frame };
    const { at, frame: local } = this.index.locate(frame);
    return { part: this.index.parts[at].number, frame: local };
  }

  /** The frame of the time line that a place names. */
  frame({ part, frame }) {
    return this.reel ? this.index.frameIn(Number(part), Number(frame)) : Number(frame);
  }

  /** The second of the time line that a second of a part is. */
  seconds(part, seconds) {
    return this.reel && part !== undefined ? this.index.secondsIn(Number(part), Number(seconds)) : Number(seconds);
  }

  /** When a frame of the time line is shown, as a player of its own file says. */
  ownSeconds(frame) {
    if (!this.reel) return this.index.secondsOf(frame);
    const { at, frame: local } = this.index.locate(frame);
    return this.index.parts[at].index.secondsOf(local);
  }

  /** To which addresses a watched stretch is reported; undefined where there is one address alone. */
  get route() {
    if (!this.reel) return undefined;
    const urls = new Map(this.reel.parts.map(({ number, watched_url }) => [number, watched_url]));
    return (stretch) => this.index.local(stretch).map(({ number, ...local }) => [urls.get(number), local]);
  }

  /** From where to where a part lies on the lanes, and its own second that the start is; {} in one file: all of it. */
  onLanes(number) {
    if (!this.reel) return {};
    const at = this.index.parts.findIndex((part) => part.number === number);
    const { start, origin } = this.index.parts[at];
    return { from: start, to: this.index.parts[at + 1]?.start ?? this.index.end, origin };
  }

  /** The joints with their seconds; none in one file. */
  get joints() {
    return (this.reel?.joints ?? []).map(({ kind, after, said }) => {
      const part = this.index.parts.find(({ number }) => number === after);
      return { kind, said, seconds: part ? part.start : this.index.end };
    });
  }
}

/** Has the page's list of parts ([data-go-part]) go there on this page, and mark the one on show; returns the marker. */
export function followParts(onGo) {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-go-part]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    onGo(Number(link.dataset.goPart));
  });
  return (number) => {
    for (const link of document.querySelectorAll("[data-go-part]")) {
      if (Number(link.dataset.goPart) === number) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
}
