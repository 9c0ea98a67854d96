// A page with `?at=` shows the past: the live layer leaves it alone, and ages are as of then.
const root = document.documentElement;
const main = () => document.getElementById("main");

export const isInThePast = () => Boolean(main()?.dataset.at);

// The moment in milliseconds; null on a page of now.
export function shownMoment() {
  const moment = main()?.dataset.moment;
  return moment ? Date.parse(moment) : null;
}

// html stays when a link swaps the page below it.
export function markMoment() {
  if (isInThePast()) root.dataset.at = main().dataset.at;
  else delete root.dataset.at;
}
