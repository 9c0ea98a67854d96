// The session has ended: to the sign-in, and from there back to this address.
import { setStatus } from "./status.js";

let asking = false;

// Only a page that cannot be read any more is left: a socket alone that refuses (a proxy that
// takes the cookie away) must not make the page load itself again and again.
export async function signInAgain() {
  if (asking) return;
  asking = true;
  const here = location.pathname + location.search;
  const headers = { "Lightning-Fragment": "1" };
  const answer = await fetch(here, { headers }).catch(() => null);
  asking = false;
  if (answer?.status === 401) {
    const login = document.documentElement.dataset.login;
    location.assign(`${login}?next=${encodeURIComponent(here)}`);
  } else {
    setStatus("offline");
  }
}
