// Goes to frames exactly and says which frame is on the screen. Steps asked for while a seek is under way add up, so a
// held key walks frame by frame however slow the decoder is. It stops nothing that runs: that is the shuttle's.

export class Seeker {
  /** `onFrame(frame)` is called whenever another frame is on the screen. */
  constructor(video, index, onFrame) {
    this.video = video;
    this.index = index;
    this.onFrame = onFrame;
    this.shown = 0;
    this.wanted = null;
    video.addEventListener("seeked", () => this.#seeked());
    video.addEventListener("play", () => { this.wanted = null; });
    this.#follow();
  }

  /** Where we are or are on the way to. */
  get frame() {
    return this.wanted ?? this.shown;
  }

  seekFrame(frame) {
    if (this.isOver) return;
    this.wanted = this.index.clamp(frame);
    if (!this.video.seeking) this.#go();
  }

  seekSeconds(seconds) {
    this.seekFrame(this.index.frameAt(Math.max(0, seconds)));
  }

  /** Stays on the frame on show for good. */
  end() {
    this.isOver = true;
  }

  #go() {
    this.going = this.wanted;
    this.video.currentTime = this.index.seekPoint(this.wanted);
  }

  #seeked() {
    if (this.wanted !== null && this.wanted !== this.going) {
      this.#go();
      return;
    }
    this.#show(this.wanted ?? this.index.frameAt(this.video.currentTime));
    this.wanted = null;
  }

  #follow() {
    if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) {
      const presented = (_now, metadata) => {
        if (!this.video.seeking) this.#show(this.index.frameAt(metadata.mediaTime));
        this.video.requestVideoFrameCallback(presented);
      };
      this.video.requestVideoFrameCallback(presented);
    } else {
      this.video.addEventListener("timeupdate", () => {
        if (!this.video.seeking) this.#show(this.index.frameAt(this.video.currentTime));
      });
    }
  }

  #show(frame) {
    if (frame === this.shown && this.announced) return;
    this.shown = frame;
    this.announced = true;
    this.onFrame(frame);
  }
}
