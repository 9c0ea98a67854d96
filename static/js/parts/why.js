// Alt + click on a cell asks why it is like this, from any list.
export function startWhy() {
  document.addEventListener("click", (event) => {
    if (!event.altKey) return;
    const cell = event.target.closest?.("tr[data-id]:not([data-event]) [data-field]");
    const link = cell?.closest("tr").querySelector("a[data-text]");
    if (!link) return;
    event.preventDefault();
    location.assign(`${link.getAttribute("href")}?why=${cell.dataset.field}#why`);
  });
}
