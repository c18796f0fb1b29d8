// Where an effect lies on one frame, by the same exact arithmetic as the renderer (workers/media/geometry.py), so that the
// preview shows what will be covered. Whole numbers only: BigInt where a product could outgrow a double.

const SMALLEST_BLOCK_PX = 2;

/** The box at `pts` of boxes [{pts, x, y, w, h}] in order: linear between two, first before, last after; padded, outwards. */
export function boxAt(boxes, pts, padPct = 0) {
  const after = boxes.findIndex((box) => box.pts >= pts);
  if (after <= 0 || boxes[after].pts === pts) {
    const box = boxes[after === -1 ? boxes.length - 1 : after];
    return rounded(box, box, 0n, 1n, padPct);
  }
  const [one, other] = [boxes[after - 1], boxes[after]];
  return rounded(one, other, BigInt(pts - one.pts), BigInt(other.pts - one.pts), padPct);
}

function rounded(one, other, weight, whole, padPct) {
  const between = (name) => BigInt(one[name]) * (whole - weight) + BigInt(other[name]) * weight;
  const [left, top, width, height] = ["x", "y", "w", "h"].map(between);
  const unit = whole * 200n;
  const pad = BigInt(padPct);
  return {
    left: floorDivide(left * 200n - width * pad, unit),
    top: floorDivide(top * 200n - height * pad, unit),
    right: -floorDivide(-((left + width) * 200n + width * pad), unit),
    bottom: -floorDivide(-((top + height) * 200n + height * pad), unit),
  };
}

function floorDivide(value, by) {
  const quotient = value / by;
  return Number(value % by !== 0n && value < 0n ? quotient - 1n : quotient);
}

/** Side of a pixelation block for something `size` pixels long: a power of two, at most `blocks` of them touch it. */
export function blockPx(size, blocks) {
  let side = SMALLEST_BLOCK_PX;
  while (Math.floor((size + side - 2) / side) + 1 > blocks) side *= 2;
  return side;
}

/** What the renderer covers for a rectangle: `area` in whole cells from the picture's corner, and the cells' side. */
export function patchOf(rect, effect, { width, height, blocks }) {
  const longest = Math.max(rect.right - rect.left, rect.bottom - rect.top);
  const cell = effect === "solid" ? SMALLEST_BLOCK_PX : blockPx(longest, blocks);
  const evenWidth = width + (width % 2);
  const evenHeight = height + (height % 2);
  const area = {
    left: Math.max(0, Math.floor(rect.left / cell) * cell),
    top: Math.max(0, Math.floor(rect.top / cell) * cell),
    right: Math.min(evenWidth, Math.ceil(rect.right / cell) * cell),
    bottom: Math.min(evenHeight, Math.ceil(rect.bottom / cell) * cell),
  };
  return area.right > area.left && area.bottom > area.top ? { effect, area, cell } : null;
}
