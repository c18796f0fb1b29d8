// J, K and L as editors know them: L plays and then faster, J runs backwards and then faster, K stops.
// Browsers cannot play backwards, so J walks back by seeking; it shows what the decoder manages and never lies about where.
// The trap: while J walks back the video itself is paused, so `video.pause()` ends nothing. Call `stop` or `endBackwards`.

const RATES = [1, 2, 4, 8];
const LOUDEST_RATE = 2;
const BACKWARD_TICK_MS = 125;

export class Shuttle {
  constructor(video, seeker, onRate) {
    this.video = video;
    this.seeker = seeker;
    this.onRate = onRate;
    this.backwards = 0;
    video.addEventListener("pause", () => this.#report());
    // the native controls, or a media key, play without asking here
    video.addEventListener("play", () => this.endBackwards());
    video.addEventListener("ratechange", () => this.#report());
  }

  get rate() {
    if (this.backwards) return -this.backwards;
    return this.video.paused ? 0 : this.video.playbackRate;
  }

  /** Stands still for good. */
  end() {
    this.stop();
    this.isOver = true;
  }

  toggle() {
    if (this.backwards) this.stop();
    else if (this.video.paused) this.#play(1);
    else this.stop();
  }

  /** Stands still, whichever way it ran. */
  stop() {
    this.video.pause();
    this.#setRate(1);
    this.endBackwards();
  }

  /** Ends running backwards; what plays forwards plays on. */
  endBackwards() {
    clearInterval(this.timer);
    this.timer = null;
    this.backwards = 0;
    this.#report();
  }

  forward() {
    if (this.backwards) this.stop();
    else this.#play(this.video.paused ? 1 : next(this.video.playbackRate));
  }

  backward() {
    if (this.isOver) return;
    if (!this.video.paused) {
      this.stop();
      return;
    }
    this.backwards = this.backwards ? next(this.backwards) : 1;
    this.timer ??= setInterval(() => this.#walkBack(), BACKWARD_TICK_MS);
    this.#report();
  }

  #walkBack() {
    if (this.video.seeking) return;
    const back = (this.backwards * BACKWARD_TICK_MS) / 1000;
    if (this.seeker.frame === 0) this.stop();
    else this.seeker.seekSeconds(Math.max(0, this.seeker.index.secondsOf(this.seeker.frame) - back));
  }

  #play(rate) {
    if (this.isOver) return;
    this.endBackwards();
    this.#setRate(rate);
    this.video.play().catch((refused) => console.info("The browser did not start playing:", refused.message));
  }

  #setRate(rate) {
    this.video.playbackRate = rate;
    // Speech at four times the speed is noise; the person's own mute is left as it is.
    if (rate > LOUDEST_RATE && !this.video.muted) {
      this.video.muted = true;
      this.silenced = true;
    } else if (rate <= LOUDEST_RATE && this.silenced) {
      this.video.muted = false;
      this.silenced = false;
    }
  }

  #report() {
    this.onRate(this.rate);
  }
}

function next(rate) {
  return RATES[Math.min(RATES.findIndex((step) => step >= rate) + 1, RATES.length - 1)];
}
