// The filters of lists: empty ones stay out of the address, so that a link to a list says only what
// it filters; what no server answered is said beside them, and asked again.
import { hearsServer } from "../live/status.js";

const AGAIN_MS = 1000;

export function startFilters() {
  document.addEventListener("htmx:configRequest", (event) => {
    if (!isFilters(event.target)) return;
    const parameters = event.detail.parameters;
    for (const [name, value] of Object.entries(parameters)) {
      if (value === "") delete parameters[name];
    }
  });
  document.addEventListener("htmx:sendError", ({ target }) => {
    if (isFilters(target)) noteOf(target).hidden = false;
  });
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const asked = detail.requestConfig.elt;
    if (!isFilters(asked)) return;
    const failed = detail.xhr.status >= 500; // says so on a page of its own, which is no list
    if (failed) detail.shouldSwap = false;
    noteOf(asked).hidden = !failed;
  });
  setInterval(askAgain, AGAIN_MS);
}

// Not while something is under way: a click since then is what the page shall show.
function askAgain() {
  const note = document.getElementById("filter-waits");
  const waits = note && !note.hidden;
  if (waits && hearsServer() && !document.querySelector(".htmx-request")) {
    note.closest("form").requestSubmit();
  }
}

const isFilters = (element) => element.matches?.("[data-filters]");
const noteOf = (form) => form.querySelector("#filter-waits");
