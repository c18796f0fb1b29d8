// Fills tables and lists that are made anew at every change, without losing the keyboard's focus. A row is known by
// `data-row`, a control in it by `data-control`; where the row with the focus is gone, the nearest one gets it.

/** Puts `rows` in place of what `list` holds; `fallback` is focused where the focus was in a list that is now empty. */
export function refill(list, rows, fallback) {
  const held = list.contains(document.activeElement) ? document.activeElement : null;
  const before = [...list.children];
  const row = held && before.find((each) => each.contains(held));
  list.replaceChildren(...rows);
  if (!row) return;
  const same = rows.find((each) => each.dataset.row === row.dataset.row);
  if (same) (same.querySelector(`[data-control="${held.dataset.control}"]`) ?? same.querySelector("button")).focus();
  else focusRow(list, before.indexOf(row), fallback);
}

/** Focuses a row's first control: never 'Remove', for a key that is held down would take one row after the other away. */
export function focusRow(list, at, fallback) {
  const row = list.children[Math.min(at, list.children.length - 1)];
  (row?.querySelector("button") ?? fallback)?.focus();
}
