// The checkbox in a list's head selects the rows of the page.
export function startSelect() {
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-select-page]")) selectPage(event.target.checked);
    else if (event.target.matches("[data-select]")) showInHead();
  });
}

function selectPage(checked) {
  for (const box of boxes()) {
    if (box.checked === checked) continue;
    box.checked = checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function showInHead() {
  const head = document.querySelector("[data-select-page]");
  const all = boxes();
  const chosen = all.filter((box) => box.checked).length;
  head.checked = chosen > 0 && chosen === all.length;
  head.indeterminate = chosen > 0 && chosen < all.length;
}

const boxes = () => [...document.querySelectorAll("#list [data-select]")];
