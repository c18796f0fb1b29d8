// The boxes over the picture: an SVG whose units are the shown picture's pixels. Drawn, moved and resized with mouse or
// finger; focusable, and then moved with the arrow keys (Shift resizes, Alt goes by one pixel).

const SVG = "http://www.w3.org/2000/svg";
const COLOURS = ["#ffdd00", "#6ec1ff", "#f499be", "#7ee0a5", "#ffa552", "#c9a7ff", "#ff7b6b", "#bfe04a", "#7de3e6"];
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const STEP_PX = 10;
const SMALLEST_DRAWN_PX = 6;
const TAG_PX = 17;

export function colourOf(position) {
  return COLOURS[position % COLOURS.length];
}

export class Overlay {
  /** `hooks`: onDraw(box), onBox(id, box), onSelect(id), onTouch() before a drag. */
  constructor(svg, video, size, hooks) {
    Object.assign(this, { svg, video, size, hooks });
    this.groups = new Map();
    svg.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    svg.setAttribute("preserveAspectRatio", "none");
    svg.addEventListener("pointerdown", (event) => this.#down(event));
    svg.addEventListener("pointermove", (event) => this.#move(event));
    svg.addEventListener("pointerup", (event) => this.#up(event));
    svg.addEventListener("pointercancel", () => this.#cancel());
    for (const each of video.turns ?? [video]) new ResizeObserver(() => this.align()).observe(each);
    video.addEventListener("resize", () => this.align());
    this.align();
  }

  /** Lays the layers exactly over the picture, wherever object-fit puts it in the video's frame. */
  align() {
    const { clientWidth, clientHeight, videoWidth, videoHeight, offsetLeft, offsetTop } = this.video;
    if (!videoWidth || !clientWidth) return;
    const scale = Math.min(clientWidth / videoWidth, clientHeight / videoHeight);
    const [width, height] = [videoWidth * scale, videoHeight * scale];
    for (const layer of [this.svg, ...this.svg.parentElement.querySelectorAll("[data-preview], [data-layer]")]) {
      layer.style.left = `${offsetLeft + (clientWidth - width) / 2}px`;
      layer.style.top = `${offsetTop + (clientHeight - height) / 2}px`;
      layer.style.width = `${width}px`;
      layer.style.height = `${height}px`;
    }
    this.scale = { x: this.size.width / width, y: this.size.height / height };
    this.redraw?.();
  }

  /** Shows `boxes`: [{id, name, colour, x, y, w, h, isKey, isSelected, padded}]. Elements and focus are kept by id. */
  show(boxes) {
    if (this.drag) return;
    this.redraw = () => this.show(boxes);
    const left = new Set(this.groups.keys());
    for (const box of boxes) {
      left.delete(box.id);
      const group = this.groups.get(box.id) ?? this.#makeGroup(box.id);
      this.#paint(group, box);
    }
    for (const id of left) this.#drop(id);
    // the focus waits on the picture for the chosen box to come back
    if (document.activeElement === this.svg) this.focus(boxes.find((box) => box.isSelected)?.id);
  }

  focus(id) {
    this.groups.get(id)?.focus();
  }

  #drop(id) {
    const group = this.groups.get(id);
    if (group === document.activeElement) this.svg.focus({ preventScroll: true });
    group.remove();
    this.groups.delete(id);
  }

  #makeGroup(id) {
    const group = element("g", { class: "app-box", tabindex: "0", role: "button" });
    group.dataset.track = id;
    for (const [tag, name] of [["rect", "pad"], ["rect", "halo"], ["rect", "edge"], ["rect", "handle"], ["rect", "tag"], ["text", "name"]]) {
      group.append(element(tag, { class: `app-box__${name}` }));
    }
    group.addEventListener("focus", () => this.hooks.onSelect(id));
    group.addEventListener("keydown", (event) => this.#key(event, id));
    this.groups.set(id, group);
    this.svg.append(group);
    return group;
  }

  #paint(group, box) {
    const [pad, halo, edge, handle] = group.children;
    group.style.setProperty("--box", box.colour);
    group.classList.toggle("app-box--between", !box.isKey);
    group.setAttribute("aria-pressed", String(box.isSelected));
    const kind = box.isKey ? "key frame" : "between key frames";
    group.setAttribute("aria-label", `${box.name}: x ${box.x}, y ${box.y}, width ${box.w}, height ${box.h}, ${kind}`);
    place(pad, { x: box.padded.left, y: box.padded.top, w: box.padded.right - box.padded.left, h: box.padded.bottom - box.padded.top });
    place(halo, box);
    place(edge, box);
    const [wide, high] = [12 * (this.scale?.x ?? 1), 12 * (this.scale?.y ?? 1)];
    place(handle, { x: box.x + box.w - wide / 2, y: box.y + box.h - high / 2, w: wide, h: high });
    this.#label(group, box);
    group.box = { x: box.x, y: box.y, w: box.w, h: box.h };
  }

  /** The name on a tag above the box, or inside it at the picture's upper edge; as large on every screen. */
  #label(group, box) {
    const [tag, name] = [...group.children].slice(-2);
    const { x, y } = this.scale ?? { x: 1, y: 1 };
    name.textContent = box.name;
    place(tag, { x: 0, y: -TAG_PX, w: name.getComputedTextLength() + 8, h: TAG_PX });
    const at = `translate(${box.x} ${Math.max(box.y - 2 * y, TAG_PX * y)}) scale(${x} ${y})`;
    for (const part of [tag, name]) part.setAttribute("transform", at);
    name.setAttribute("x", "4");
    name.setAttribute("y", "-4");
  }

  #key(event, id) {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.altKey ? 1 : STEP_PX;
    const box = { ...this.groups.get(id).box };
    if (event.shiftKey) {
      box.w = Math.max(2, Math.min(box.w + way[0] * by, this.size.width - box.x));
      box.h = Math.max(2, Math.min(box.h + way[1] * by, this.size.height - box.y));
    } else {
      box.x += way[0] * by;
      box.y += way[1] * by;
    }
    this.hooks.onBox(id, box);
  }

  #point(event) {
    const frame = this.svg.getBoundingClientRect();
    const clamp = (value, most) => Math.min(Math.max(value, 0), most);
    return {
      x: clamp(((event.clientX - frame.left) / frame.width) * this.size.width, this.size.width),
      y: clamp(((event.clientY - frame.top) / frame.height) * this.size.height, this.size.height),
    };
  }

  #down(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.hooks.onTouch();
    this.svg.setPointerCapture(event.pointerId);
    const group = event.target.closest(".app-box");
    const kind = !group ? "draw" : event.target.classList.contains("app-box__handle") ? "resize" : "move";
    this.drag = { kind, group, from: this.#point(event), box: group && { ...group.box } };
    if (kind === "draw") {
      this.drag.ghost = element("rect", { class: "app-box__edge" });
      this.svg.append(this.drag.ghost);
    } else {
      group.focus();
    }
  }

  #move(event) {
    if (!this.drag) return;
    this.drag.to = this.#point(event);
    const box = this.#dragged();
    if (this.drag.kind === "draw") place(this.drag.ghost, box);
    else for (const part of this.drag.group.querySelectorAll(".app-box__edge, .app-box__halo")) place(part, box);
  }

  #dragged() {
    const { kind, from, to = from, box } = this.drag;
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    if (kind === "move") return { ...box, x: box.x + dx, y: box.y + dy };
    if (kind === "resize") return { ...box, w: Math.max(2, box.w + dx), h: Math.max(2, box.h + dy) };
    return { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), w: Math.abs(dx), h: Math.abs(dy) };
  }

  #up() {
    if (!this.drag) return;
    const { kind, group, to } = this.drag;
    const box = this.#dragged();
    this.#cancel();
    if (kind !== "draw") {
      if (to) this.hooks.onBox(group.dataset.track, box);
    } else if (box.w >= SMALLEST_DRAWN_PX && box.h >= SMALLEST_DRAWN_PX) {
      this.hooks.onDraw(box);
    }
  }

  #cancel() {
    this.drag?.ghost?.remove();
    this.drag = null;
    this.redraw?.();
  }
}

function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function place(rect, { x, y, w, h }) {
  for (const [name, value] of Object.entries({ x, y, width: w, height: h })) rect.setAttribute(name, String(value));
}
