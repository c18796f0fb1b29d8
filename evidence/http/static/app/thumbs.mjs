// Small pictures of what tracks cover, for a person who has to tell forty of them apart: each from the frame where its box is
// largest. They are taken by a second, unseen <video> out of the recording that is being watched, one after the other and
// only for rows that can be seen. Nothing of them is kept or sent; where a frame does not come, the picture stays empty.

import { rowsOf } from "./samples.mjs";

const SIDE_PX = 48;
const MARGIN = 0.3;
const MOST_MS = 10_000;

export class Thumbs {
  /** `player`: a continuity-player that is ready; `rules`: width and height of the Master's shown picture. */
  constructor(player, rules) {
    Object.assign(this, { player, rules });
    this.known = new Map();
    this.wanted = [];
    this.observer = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) if (isIntersecting) this.#want(target);
    });
  }

  /** The track's picture, an element of its own that stays the same; null for a track without a box. */
  of(track) {
    const box = largest(track);
    if (!box) return null;
    const made = this.known.get(track.id) ?? this.#canvas(track.id);
    const name = [box.frame, box.x, box.y, box.w, box.h].join();
    if (made.dataset.of !== name) {
      made.dataset.of = name;
      made.box = box;
      delete made.dataset.drawn;
      // seen anew: what is on the page already is told of once more
      this.observer.unobserve(made);
      this.observer.observe(made);
    }
    return made;
  }

  #canvas(id) {
    const made = document.createElement("canvas");
    made.width = made.height = SIDE_PX * 2;
    made.className = "app-tracks__thumb";
    made.setAttribute("aria-hidden", "true");
    this.known.set(id, made);
    return made;
  }

  #want(canvas) {
    if (canvas.dataset.drawn === canvas.dataset.of || this.wanted.includes(canvas)) return;
    this.wanted.push(canvas);
    if (!this.isBusy) this.#drawAll();
  }

  async #drawAll() {
    this.isBusy = true;
    while (this.wanted.length) {
      const canvas = this.wanted.shift();
      const { box, dataset: { of: name } } = canvas;
      if (canvas.isConnected && (await this.#goTo(box.frame)) && canvas.dataset.of === name) {
        this.#draw(canvas, box);
        canvas.dataset.drawn = name;
      }
    }
    this.isBusy = false;
  }

  /** Whether the unseen video shows that frame now. */
  #goTo(frame) {
    const { src, seconds } = this.#place(frame);
    this.video ??= unseen();
    const { video } = this;
    return new Promise((resolve) => {
      const done = (isThere) => () => {
        clearTimeout(tired);
        video.onseeked = video.onerror = null;
        // what failed is fetched anew the next time
        if (!isThere) delete video.dataset.at;
        resolve(isThere);
      };
      const tired = setTimeout(done(false), MOST_MS);
      video.onseeked = done(true);
      video.onerror = done(false);
      if (video.dataset.at !== src) {
        video.dataset.at = src;
        video.src = src;
      }
      video.currentTime = seconds;
    });
  }

  /** Which file shows a frame, and where to seek in it. */
  #place(frame) {
    const { index, reel, video } = this.player;
    if (!reel) return { src: video.currentSrc, seconds: index.seekPoint(frame) };
    const { at, frame: local } = index.locate(frame);
    return { src: reel.parts[at].src, seconds: index.parts[at].index.seekPoint(local) };
  }

  #draw(canvas, { x, y, w, h }) {
    const { video, rules } = this;
    const side = Math.max(w, h) * (1 + MARGIN);
    const [across, down] = [video.videoWidth / rules.width, video.videoHeight / rules.height];
    const [left, top] = [(x + w / 2 - side / 2) * across, (y + h / 2 - side / 2) * down];
    const context = canvas.getContext("2d");
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.drawImage(video, left, top, side * across, side * down, 0, 0, canvas.width, canvas.height);
  }
}

function largest(track) {
  return rowsOf(track).filter((row) => !row.outside).reduce((most, row) => (most && most.w * most.h >= row.w * row.h ? most : row), null);
}

function unseen() {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "auto";
  video.playsInline = true;
  return video;
}
