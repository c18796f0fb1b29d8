// A recording in several files as one video: frames numbered through, seconds running on, and two <video> elements that
// take turns, the next part waiting on its first frame while the one before it plays.
// `JoinedIndex` has the face of a FrameIndex, `Reel` that of a <video> as the player uses one. A newcomer's trap: a part's own
// shown seconds need not begin at zero; on the reel each begins where the pictures of the one before end, and a gap takes no time.

export class JoinedIndex {
  /** `parts`: [{number, index}] in order. `pts` are whole ticks that all parts' ticks are multiples of. */
  constructor(parts) {
    this.parts = [];
    let first = 0;
    let start = parts[0].index.secondsOf(0);
    for (const { number, index } of parts) {
      const origin = index.secondsOf(0);
      this.parts.push({ number, index, first, start, origin });
      first += index.frameCount;
      start += index.secondsOf(index.frameCount) - origin;
    }
    this.frameCount = first;
    this.end = start;
    this.pts = joinedTicks(this.parts, first);
  }

  clamp(frame) {
    return Math.min(Math.max(Math.round(frame), 0), this.frameCount - 1);
  }

  /** The part (its place in `parts`) of a frame, and the frame's number in it; beyond the last: the end of the last. */
  locate(frame) {
    const at = lastOf(this.parts, (part) => part.first <= frame);
    return { at, frame: frame - this.parts[at].first };
  }

  secondsOf(frame) {
    const { at, frame: local } = this.locate(Math.max(frame, 0));
    const part = this.parts[at];
    return part.start + part.index.secondsOf(Math.min(local, part.index.frameCount)) - part.origin;
  }

  /** Where to seek so that this frame and no other is shown. */
  seekPoint(frame) {
    const { at, frame: local } = this.locate(frame);
    const part = this.parts[at];
    return part.start + part.index.seekPoint(local) - part.origin;
  }

  frameAt(seconds) {
    const part = this.parts[this.partAt(seconds)];
    return part.first + part.index.frameAt(Math.max(seconds - part.start, 0) + part.origin);
  }

  /** Which part shows a second of the reel. */
  partAt(seconds) {
    return lastOf(this.parts, (part) => part.start <= seconds + 1e-5);
  }

  /** The reel's number of a frame of the part with this number; of its nearest frame where it has no such one. */
  frameIn(number, local) {
    const part = this.#numbered(number);
    return part.first + part.index.clamp(local);
  }

  /** The reel's seconds of a shown second of the part with this number. */
  secondsIn(number, local) {
    const part = this.#numbered(number);
    return part.start + Math.max(0, local - part.origin);
  }

  /** A stretch of the reel as stretches of its parts, in their own shown seconds: [{number, start_s, end_s}]. */
  local({ start_s, end_s }) {
    return this.parts.flatMap(({ number, start, origin }, at) => {
      const until = this.parts[at + 1]?.start ?? Infinity;
      const [low, high] = [Math.max(start_s, start), Math.min(end_s, until)];
      return low < high ? [{ number, start_s: low - start + origin, end_s: high - start + origin }] : [];
    });
  }

  ratio(from, to, at) {
    const span = this.pts[to] - this.pts[from];
    return span ? (this.pts[at] - this.pts[from]) / span : 0;
  }

  #numbered(number) {
    return this.parts.find((part) => part.number === number) ?? this.parts[0];
  }
}

/** One after the other on whole ticks: the parts' time bases brought to one. */
function joinedTicks(parts, count) {
  const finest = parts.map(({ index }) => Math.round(1 / index.tick)).reduce(leastMultiple);
  const pts = new Float64Array(count);
  let begin = 0;
  for (const { index, first } of parts) {
    const scale = Math.round(index.tick * finest);
    index.pts.forEach((at, local) => { pts[first + local] = begin + (at - index.pts[0]) * scale; });
    begin += (index.endPts - index.pts[0]) * scale;
  }
  return pts;
}

function leastMultiple(one, other) {
  let [larger, smaller] = [one, other];
  while (smaller) [larger, smaller] = [smaller, larger % smaller];
  return (one / larger) * other;
}

function lastOf(rows, holds) {
  let found = 0;
  rows.forEach((row, at) => { if (holds(row)) found = at; });
  return found;
}

const HANDED_ON = ["play", "ratechange", "seeking", "seeked", "timeupdate", "volumechange", "loadedmetadata", "resize"];

export class Reel extends EventTarget {
  /** `video`: the page's own element, showing one of `sources` [{number, src}]; `index`: their JoinedIndex. */
  constructor(video, sources, index) {
    super();
    this.index = index;
    this.sources = sources;
    this.waiting = [];
    this.turns = [video, spare(video)];
    for (const element of this.turns) this.#listen(element);
    const shown = Math.max(0, sources.findIndex(({ src }) => video.currentSrc.endsWith(src)));
    this.at = shown;
    video.dataset.at = String(shown);
    this.#prepareNext();
  }

  get element() {
    return this.turns[0];
  }

  get part() {
    return this.index.parts[this.at];
  }

  get currentTime() {
    const { start, origin } = this.part;
    const until = this.index.parts[this.at + 1]?.start ?? Infinity;
    return Math.min(start + Math.max(0, this.element.currentTime - origin), until);
  }

  set currentTime(seconds) {
    const at = this.index.partAt(seconds);
    const { start, origin } = this.index.parts[at];
    this.#go(at, seconds - start + origin, this.isRunning);
  }

  get seeking() {
    return Boolean(this.going) || this.element.seeking;
  }

  get paused() {
    return !this.isRunning;
  }

  get isRunning() {
    return this.going ? this.going.plays : !this.element.paused || this.isHandingOver;
  }

  get ended() {
    return this.at === this.sources.length - 1 && this.element.ended;
  }

  get playbackRate() {
    return this.element.playbackRate;
  }

  set playbackRate(rate) {
    for (const element of this.turns) element.playbackRate = element.defaultPlaybackRate = rate;
  }

  get muted() {
    return this.element.muted;
  }

  set muted(muted) {
    for (const element of this.turns) element.muted = muted;
  }

  get error() {
    return (this.failed ?? this.element).error;
  }

  get currentSrc() {
    return (this.failed ?? this.element).currentSrc;
  }

  // where the picture lies, for what is drawn over it
  get videoWidth() { return this.element.videoWidth; }
  get videoHeight() { return this.element.videoHeight; }
  get clientWidth() { return this.element.clientWidth; }
  get clientHeight() { return this.element.clientHeight; }
  get offsetLeft() { return this.element.offsetLeft; }
  get offsetTop() { return this.element.offsetTop; }

  set controls(_shown) {
    // the browser's own would know of one part alone
    for (const element of this.turns) element.controls = false;
  }

  play() {
    if (this.going) {
      this.going.plays = true;
      return Promise.resolve();
    }
    if (this.ended) this.#go(0, this.index.parts[0].origin, true);
    return this.element.play();
  }

  pause() {
    if (this.going) this.going.plays = false;
    this.element.pause();
  }

  /** Tries again what did not load. */
  load() {
    const element = this.failed ?? this.element;
    this.failed = null;
    element.load();
  }

  requestVideoFrameCallback(callback) {
    this.waiting.push(callback);
  }

  #listen(element) {
    const isOnShow = () => element === this.element && !this.going;
    for (const name of HANDED_ON) {
      element.addEventListener(name, () => { if (isOnShow()) this.dispatchEvent(new Event(name)); });
    }
    element.addEventListener("pause", () => {
      // at the end of a part that another one follows nothing pauses: the next one plays on
      if (isOnShow() && !(element.ended && this.#hasNext)) this.dispatchEvent(new Event("pause"));
    });
    element.addEventListener("ended", () => { if (isOnShow()) this.#ended(); });
    element.addEventListener("error", () => {
      this.failed = element;
      if (element === this.element || this.going) this.dispatchEvent(new Event("error"));
    });
    this.#follow(element);
  }

  #follow(element) {
    if (!("requestVideoFrameCallback" in HTMLVideoElement.prototype)) return;
    const presented = (now, metadata) => {
      if (element === this.element && !this.going) {
        const { start, origin } = this.part;
        const told = { ...metadata, mediaTime: start + Math.max(0, metadata.mediaTime - origin) };
        for (const callback of this.waiting.splice(0)) callback(now, told);
      }
      element.requestVideoFrameCallback(presented);
    };
    element.requestVideoFrameCallback(presented);
  }

  get #hasNext() {
    return this.at + 1 < this.sources.length;
  }

  #ended() {
    if (!this.#hasNext) {
      this.dispatchEvent(new Event("ended"));
      return;
    }
    const next = this.turns[1];
    const { origin } = this.index.parts[this.at + 1];
    const isWaiting = next.dataset.at === String(this.at + 1) && next.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !next.seeking;
    if (!isWaiting) {
      this.#go(this.at + 1, origin, true);
      return;
    }
    this.isHandingOver = true;
    next.play().catch((refused) => console.info("The browser did not play on:", refused.message)).finally(() => { this.isHandingOver = false; });
    this.#takeTurn(this.at + 1);
  }

  /** Shows a place of a part; `seconds` are the part's own. `plays`: goes on from there. */
  #go(at, seconds, plays) {
    if (at === this.at && !this.going) {
      this.element.currentTime = seconds;
      return;
    }
    const going = { at, seconds, plays };
    this.going = going;
    if (at === this.at) {
      this.#arrive(this.element, going);
      return;
    }
    if (plays) this.element.pause();
    this.#arrive(this.#load(at), going);
  }

  async #arrive(element, going) {
    await happened(element, "loadedmetadata", () => element.readyState >= HTMLMediaElement.HAVE_METADATA);
    if (this.going !== going) return;
    const seeked = happened(element, "seeked");
    element.currentTime = going.seconds;
    await seeked;
    if (this.going !== going) return;
    this.going = null;
    if (going.at !== this.at) this.#takeTurn(going.at);
    this.dispatchEvent(new Event("seeked"));
    if (going.plays) this.element.play().catch((refused) => console.info("The browser did not play on:", refused.message));
  }

  #takeTurn(at) {
    this.turns.reverse();
    this.at = at;
    const [shown, hidden] = this.turns;
    shown.classList.remove("app-studio__video--waiting");
    hidden.classList.add("app-studio__video--waiting");
    hidden.pause();
    this.dispatchEvent(new Event("partchange"));
    this.#prepareNext();
  }

  /** The spare element holding a part. */
  #load(at) {
    const element = this.turns[1];
    // what failed while it waited is fetched anew now that it is wanted, and tells then whether it is over
    if (element.dataset.at !== String(at) || element.error) {
      element.dataset.at = String(at);
      element.preload = "auto";
      element.src = this.sources[at].src;
    }
    return element;
  }

  async #prepareNext() {
    if (!this.#hasNext) return;
    const at = this.at + 1;
    const next = this.#load(at);
    await happened(next, "loadedmetadata", () => next.readyState >= HTMLMediaElement.HAVE_METADATA);
    const { origin } = this.index.parts[at];
    if (next === this.turns[1] && !this.going && next.dataset.at === String(at) && Math.abs(next.currentTime - origin) > 1e-6) next.currentTime = origin;
  }
}

function spare(video) {
  const made = document.createElement("video");
  made.className = `${video.className} app-studio__video--waiting`;
  made.playsInline = true;
  made.muted = video.muted;
  made.setAttribute("aria-label", video.getAttribute("aria-label"));
  for (const side of ["width", "height"]) if (video.hasAttribute(side)) made.setAttribute(side, video.getAttribute(side));
  video.after(made);
  return made;
}

function happened(element, name, isSo = () => false) {
  if (isSo()) return Promise.resolve();
  return new Promise((resolve) => element.addEventListener(name, resolve, { once: true }));
}
