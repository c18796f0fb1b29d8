// What a machine saw of a track, beside what a person drew: rows of both in order of frames, and what corrections do to them.
// Pure. A draft's track keeps key frames (a person's) and samples (a machine's: [frame, x, y, w, h], or [frame] from where it
// is not in the picture) apart; here they are rows {frame, x, y, w, h, outside, isSample}, and on one frame a person's counts.

const REACH_S = 0.5;

/** All rows of a track in order. */
export function rowsOf(track) {
  const keys = track.keyframes ?? [];
  if (!track.samples?.length) return keys;
  const drawn = new Set(keys.map((each) => each.frame));
  const seen = track.samples.filter(([frame]) => !drawn.has(frame)).map(rowOf);
  return [...seen, ...keys].sort(byFrame);
}

/** The track with these rows in place of its own. */
export function withRows(track, rows) {
  const keyframes = rows.filter((each) => !each.isSample).map(({ isSample: _dropped, ...key }) => key);
  const samples = rows.filter((each) => each.isSample).map((each) => (each.outside ? [each.frame] : [each.frame, each.x, each.y, each.w, each.h]));
  const { samples: _before, ...rest } = track;
  return samples.length || track.samples ? { ...rest, keyframes, samples } : { ...rest, keyframes };
}

/** Rows with a person's box on a frame. It takes the samples near it along: those within half a second of it give way, so
    that the path bends to the box instead of jumping there and back. Where a stretch begins so near, it begins alike. */
export function corrected(rows, key, secondsOf) {
  const at = secondsOf(key.frame);
  const [first, last] = around(rows, key.frame);
  const gives = (row, place) => row.isSample && !row.outside && place > first && place < last && Math.abs(secondsOf(row.frame) - at) < REACH_S;
  const left = [...rows.filter((row, place) => row.frame !== key.frame && !gives(row, place)), key].sort(byFrame);
  const start = rows[first + 1];
  if (!start || start.frame >= key.frame || !gives(start, first + 1)) return left;
  const next = left.find((row) => row.frame > start.frame);
  return [...left, { ...next, frame: start.frame, isSample: true }].sort(byFrame);
}

/** Rows with what was seen in [start, end) in place of theirs; before and after they stay what they were, key frames too.
    `covers(frame)` gives the box they had on a frame, or null. */
export function spliced(rows, { start, end, samples }, covers) {
  const inside = (row) => row.frame >= start && row.frame < end;
  const keys = rows.filter((row) => inside(row) && !row.isSample && !row.outside);
  const drawn = new Set(keys.map((row) => row.frame));
  const before = start > 0 ? covers(start - 1) : null;
  const after = covers(end);
  const outer = rows.filter((row) => !inside(row));
  const made = samples.map(rowOf).filter((row) => inside(row) && !drawn.has(row.frame));
  if (before && !outer.some((row) => row.frame === start - 1)) made.push({ frame: start - 1, ...before, outside: false, isSample: true });
  if (!outer.some((row) => row.frame === end)) {
    made.push(after ? { frame: end, ...after, outside: false, isSample: true } : { frame: end, outside: true, isSample: true });
  }
  return [...outer, ...keys, ...made].sort(byFrame);
}

/** The samples of neighbouring pieces of a find, and the frame at which they end. */
export function samplesOf(pieces) {
  const rows = [];
  for (const [at, piece] of pieces.entries()) {
    if (rows.at(-1)?.length === 1 && rows.at(-1)[0] >= piece.rows[0][0]) rows.pop();
    rows.push(...(piece.is_carried && at + 1 < pieces.length ? piece.rows.slice(0, -1) : piece.rows));
  }
  const [end] = rows.pop();
  return { samples: rows, end };
}

/** Places of the rows that bound the stretch a frame lies in: the last `outside` before it, the first behind it. */
function around(rows, frame) {
  const before = rows.findLastIndex((row) => row.outside && row.frame <= frame);
  const after = rows.findIndex((row) => row.outside && row.frame > frame);
  return [before, after === -1 ? rows.length : after];
}

function rowOf([frame, x, y, w, h]) {
  return x === undefined ? { frame, outside: true, isSample: true } : { frame, x, y, w, h, outside: false, isSample: true };
}

function byFrame(one, other) {
  return one.frame - other.frame;
}
