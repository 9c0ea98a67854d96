// The page's socket: one for the life of the tab, opened again whenever it is lost.
import { retryDelay } from "./backoff.js";
import { reloadOnce } from "./reload.js";
import { setStatus } from "./status.js";

const SILENCE_MS = 3000; // frames come at least once a second
const DEAD_MS = 10000;
const LAG_SECONDS = 2;
const ATTEMPTS_UNTIL_OFFLINE = 6;
const CLOSED = { session: 4401, forbidden: 4403 };

export class Connection {
  constructor({ describe, onFrame, onResync }) {
    this.describe = describe;
    this.onFrame = onFrame;
    this.onResync = onResync;
    this.socket = null;
    this.attempt = 0;
    this.wasOpen = false;
    this.lastFrameAt = 0;
    this.retryTimer = 0;
    setInterval(() => this.#listenForSilence(), 500);
    addEventListener("online", () => this.#retryNow());
    addEventListener("offline", () => setStatus("offline"));
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.#retryNow();
    });
  }

  open() {
    clearTimeout(this.retryTimer);
    setStatus(this.#restingStatus());
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(`${scheme}//${location.host}/ws/dashboard`);
    this.socket = socket;
    this.lastFrameAt = performance.now();
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event));
  }

  // Tells the server what the page shows now.
  watch() {
    this.#send({ type: "watch", ...this.describe() });
  }

  #opened() {
    this.lastFrameAt = performance.now();
    this.watch();
    // The log tells what changed in between; re-reading the page covers what it cannot tell.
    if (this.wasOpen) this.onResync();
    this.wasOpen = true;
  }

  #received(message) {
    this.lastFrameAt = performance.now();
    if (message.type === "resync") {
      this.onResync();
    } else if (message.type === "frame") {
      this.attempt = 0;
      setStatus(message.lag === null || message.lag > LAG_SECONDS ? "lagging" : "live");
      this.onFrame(message);
      this.#send({ type: "ack", seq: message.seq });
    }
  }

  #closed(socket, event) {
    if (socket !== this.socket) return;
    this.socket = null;
    // The server answers a reload with the login page, and comes back here after it.
    if (event.code === CLOSED.session && reloadOnce()) return;
    if (event.code === CLOSED.forbidden) {
      setStatus("offline");
      return;
    }
    this.attempt += 1;
    setStatus(this.#restingStatus());
    this.retryTimer = setTimeout(() => this.open(), retryDelay(this.attempt));
  }

  #restingStatus() {
    const gaveUp = this.attempt >= ATTEMPTS_UNTIL_OFFLINE;
    return gaveUp || !navigator.onLine ? "offline" : "reconnecting";
  }

  #retryNow() {
    if (this.socket === null && this.retryTimer) {
      this.attempt = 0;
      this.open();
    }
  }

  #listenForSilence() {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    const silence = performance.now() - this.lastFrameAt;
    if (silence > DEAD_MS) {
      // Half-open: the network took the server away without a word. close() alone would wait.
      const socket = this.socket;
      this.#closed(socket, { code: 1006 });
      socket.close();
    } else if (silence > SILENCE_MS) {
      setStatus("lagging");
    }
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
