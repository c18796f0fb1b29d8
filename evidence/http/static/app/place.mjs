// Keeps a reviewer's place on the Watch page: the part and the frame on show go along in hidden fields of every form that
// is sent from it; the server writes them into the address it goes back to, and the page starts there.
// Without script the fields are not there, and the forms work as they are.
// Data attributes of [data-place]: part, and, each optional, start-frame and start-ms (a whole number; clamped here).

class Place {
  constructor(page) {
    this.page = page;
    this.player = page.querySelector("continuity-player");
    this.media = page.querySelector("video, audio");
    page.addEventListener("submit", ({ target }) => this.#carry(target));
  }

  async start() {
    if (this.player) {
      await customElements.whenDefined("continuity-player");
      await this.player.ready;
    }
    const { startFrame, startMs, part } = this.page.dataset;
    if (startFrame !== undefined && this.player?.seeker) this.player.seekFrame(this.player.places.frame({ part, frame: startFrame }));
    else if (startMs !== undefined && this.media) this.media.currentTime = Number(startMs) / 1000;
  }

  /** Frames where they are known, else milliseconds. */
  get fields() {
    const { part } = this.page.dataset;
    if (this.player?.seeker) {
      const place = this.player.place;
      return { at_part: place.part ?? part, at_frame: place.frame };
    }
    return { at_part: part, at_ms: this.media ? Math.round(this.media.currentTime * 1000) : "" };
  }

  #carry(form) {
    if (form.method !== "post") return;
    for (const [name, value] of Object.entries(this.fields)) {
      const field = form.elements.namedItem(name) ?? form.appendChild(hidden(name));
      field.value = String(value);
    }
  }
}

function hidden(name) {
  const made = document.createElement("input");
  made.type = "hidden";
  made.name = name;
  return made;
}

for (const page of document.querySelectorAll("[data-place]")) new Place(page).start();
