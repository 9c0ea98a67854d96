// What the page shows, in the words of the server's WatchMessage.
export function describePage() {
  const main = document.getElementById("main");
  const rows = {};
  for (const element of document.querySelectorAll("[data-kind][data-id]")) {
    (rows[element.dataset.kind] ??= []).push(element.dataset.id);
  }
  return {
    cursor: main?.dataset.cursor ?? "",
    kinds: (main?.dataset.watchKinds ?? "").split(" ").filter(Boolean),
    rows,
    activity: main?.hasAttribute("data-shows-activity") ?? false,
  };
}
