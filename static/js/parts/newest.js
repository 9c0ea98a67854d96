// What somebody asked for last is what the page shows: an answer to anything before it is dropped.
// Asked when, is said by the click or the key press: a filter waits for its delay, or for the one
// before it, and goes out after a click that came later. `hx-sync` goes by who goes out.
let newest = 0;

export function startNewest() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const askedAt = timeOf(event);
    if (askedAt < newest) {
      event.preventDefault();
      return;
    }
    newest = askedAt;
    // On the element itself: one that another answer has replaced reaches no document.
    event.detail.elt.addEventListener("htmx:beforeOnLoad", dropOvertaken);
  });
  document.addEventListener("htmx:historyCacheMiss", () => (newest = performance.now()));
}

function dropOvertaken(event) {
  if (timeOf(event) < newest) event.preventDefault();
}

function timeOf(event) {
  return event.detail.requestConfig.triggeringEvent?.timeStamp ?? performance.now();
}
