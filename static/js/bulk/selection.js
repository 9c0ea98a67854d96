// Which rows of a list are selected: those whose box is checked, or all that match its filter.
const OF_A_PAGE = ["ordering", "limit", "page"];

export function startSelection() {
  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-select-page]")) checkRows(target.checked);
    else if (target.matches("[data-select-all-matching]")) checkRows(target.checked);
    else if (target.matches("[data-select]") && !target.checked) takeAll(false);
    if (target.matches("[data-select-page]") && !target.checked) takeAll(false);
    if (target.closest("[data-select], [data-select-page], [data-select-all-matching]")) show();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-select-none]")) clearSelection();
  });
}

// The rows of the page, or the query string that chooses all; null when nothing is selected.
export function selection() {
  if (allBox()?.checked) return { filter: filterOf(location.search) };
  const ids = rows().filter((box) => box.checked).map((box) => box.value);
  return ids.length ? { ids } : null;
}

export function clearSelection() {
  takeAll(false);
  checkRows(false);
  show();
}

// The list shows other rows, or was read anew: what came in while all are taken is taken as well.
export function showSelection() {
  if (allBox()?.checked) checkRows(true);
  show();
}

function filterOf(search) {
  const query = new URLSearchParams(search);
  for (const name of OF_A_PAGE) query.delete(name);
  for (const [name, value] of [...query]) if (!value) query.delete(name);
  return query.toString();
}

const bar = () => document.querySelector("[data-bulk]");
const rows = () => [...document.querySelectorAll("#list [data-select]")];
const allBox = () => bar()?.querySelector("[data-select-all-matching]");

function takeAll(all) {
  const box = allBox();
  if (box) box.checked = all;
}

function checkRows(checked) {
  for (const box of rows()) box.checked = checked;
}

function show() {
  const all = rows();
  const chosen = all.filter((box) => box.checked).length;
  const head = document.querySelector("[data-select-page]");
  if (head) {
    head.checked = chosen > 0 && chosen === all.length;
    head.indeterminate = chosen > 0 && chosen < all.length;
  }
  if (!bar()) return;
  const isAll = allBox().checked;
  bar().toggleAttribute("data-active", isAll || chosen > 0);
  bar().querySelector("[data-bulk-actions]").hidden = !isAll && chosen === 0;
  bar().querySelector("[data-selected]").textContent = isAll || !chosen ? "" : `${chosen} selected`;
}
