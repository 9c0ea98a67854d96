// The page's socket: one for the life of the tab, opened again whenever it is lost.
import { cameBack, toldWhileAway, wentAway } from "./away.js";
import { retryDelay } from "./backoff.js";
import { setServerTime } from "./clock.js";
import { signInAgain } from "./session.js";
import { setStatus } from "./status.js";

const SILENCE_MS = 3000; // frames come at least once a second, to a page that is seen
const DEAD_MS = 10000;
const LAG_SECONDS = 2;
const ATTEMPTS_UNTIL_OFFLINE = 6;
const CLOSED = { session: 4401, forbidden: 4403 };

function socketUrl() {
  const url = new URL(`${document.documentElement.dataset.base}ws/dashboard`, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url;
}

export class Connection {
  constructor({ describe, onFrame, onResync }) {
    this.describe = describe;
    this.onFrame = onFrame;
    this.onResync = onResync;
    this.socket = null;
    this.attempt = 0;
    this.number = 0;
    this.cursor = "";
    this.pending = [];
    this.lastFrameAt = 0;
    this.retryTimer = 0;
    setInterval(() => this.#listenForSilence(), 500);
    addEventListener("online", () => this.#retryNow());
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
  }

  open() {
    clearTimeout(this.retryTimer);
    this.retryTimer = 0;
    setStatus(this.#restingStatus());
    const socket = new WebSocket(socketUrl());
    this.socket = socket;
    this.lastFrameAt = performance.now();
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(socket, JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#closed(socket, event));
  }

  // The page was rendered anew at this place in the log: tells the server what it shows now.
  watch(cursor) {
    this.cursor = cursor;
    this.number += 1;
    this.#send({ type: "watch", number: this.number, cursor: this.cursor, ...this.describe() });
  }

  #opened() {
    this.lastFrameAt = performance.now();
    if (document.hidden) this.#send({ type: "visibility", hidden: true });
    // From the cursor on, the log tells what changed in between; where it cannot, it says so.
    this.watch(this.cursor);
  }

  #received(socket, message) {
    this.lastFrameAt = performance.now();
    if (message.type === "resync") {
      cameBack(null);
      this.onResync();
    } else if (message.type === "frame") {
      this.attempt = 0;
      this.pending.push(message);
      if (this.pending.length > 1) return;
      if (document.hidden) this.#apply(socket);
      else requestAnimationFrame(() => this.#apply(socket)); // all cells in one go
    }
  }

  #apply(socket) {
    const frames = this.pending;
    this.pending = [];
    for (const frame of frames) {
      setServerTime(frame.now);
      const lags = frame.lag === null || frame.lag > LAG_SECONDS;
      setStatus(lags ? "lagging" : "live", frame.lag ?? 0);
      // One made for what the page showed before says nothing about how new this page is.
      const isOurs = frame.watch === this.number;
      if (isOurs && frame.cursor) this.cursor = frame.cursor;
      if (isOurs && frame.away !== undefined) cameBack(frame.away);
      else if (document.hidden) toldWhileAway(frame.count ?? 0);
      this.onFrame(frame, isOurs);
      if (socket === this.socket) this.#send({ type: "ack", seq: frame.seq });
    }
  }

  #closed(socket, event) {
    if (socket !== this.socket) return;
    this.socket = null;
    this.pending = [];
    wentAway();
    this.attempt += 1;
    if (event.code === CLOSED.forbidden) {
      setStatus("offline");
      return;
    }
    if (event.code === CLOSED.session) signInAgain();
    setStatus(this.#restingStatus());
    this.retryTimer = setTimeout(() => this.open(), retryDelay(this.attempt));
  }

  #lost() {
    wentAway();
    setStatus("offline");
  }

  #restingStatus() {
    const gaveUp = this.attempt >= ATTEMPTS_UNTIL_OFFLINE;
    return gaveUp || !navigator.onLine ? "offline" : "reconnecting";
  }

  #visibilityChanged() {
    this.#send({ type: "visibility", hidden: document.hidden });
    if (document.hidden) {
      wentAway();
    } else {
      this.lastFrameAt = performance.now();
      this.#retryNow();
      if (this.pending.length) this.#apply(this.socket);
    }
  }

  #retryNow() {
    if (this.socket === null && this.retryTimer) {
      this.attempt = 0;
      this.open();
    }
  }

  #listenForSilence() {
    // Who is not seen is told next to nothing, and a browser slows its timers.
    if (this.socket?.readyState !== WebSocket.OPEN || document.hidden) return;
    const silence = performance.now() - this.lastFrameAt;
    if (silence > DEAD_MS) {
      // Half-open: the network took the server away without a word. close() alone would wait.
      const socket = this.socket;
      this.#closed(socket, { code: 1006 });
      socket.close();
    } else if (silence > SILENCE_MS) {
      setStatus(navigator.onLine ? "lagging" : "offline", silence / 1000);
    }
  }

  #send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
