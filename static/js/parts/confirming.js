// Opens a dialog; while it is open, and only then, its button that acts is the page's `data-confirm`.
export function openToConfirm(dialog, button) {
  button.dataset.confirm = "";
  dialog.addEventListener("close", () => delete button.dataset.confirm, { once: true });
  dialog.showModal();
}
