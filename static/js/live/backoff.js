// How long to wait before the next attempt: exponential, with full jitter above a floor, so that
// a restarted server does not meet all of its pages in the same moment.
const FIRST_MS = 250;
const LONGEST_MS = 8000;
const FLOOR_MS = 150;

export function retryDelay(attempt) {
  const ceiling = Math.min(LONGEST_MS, FIRST_MS * 2 ** attempt);
  return FLOOR_MS + Math.random() * ceiling;
}
