/** News of one call: the server is asked again and again until the call has ended. */
import { callSince } from "./api.js";

const PERIOD_MS = 400;
const SLOW_PERIOD_MS = 2_000;
const PATIENCE = 4; // failures in a row before the person is told

/**
 * Emits `news` ({events, call}) and `trouble` (a Problem, or null once the server answers again).
 */
export class Feed extends EventTarget {
  #callId;
  #seq = null;
  #failures = 0;
  #isBroken; // the call may count as ended, until it is taken up again
  #stopping = new AbortController();

  /**
   * @param {string} callId
   * @param {Feed | null} before of the same call over a line that broke: goes on behind what it has seen
   */
  constructor(callId, before = null) {
    super();
    this.#callId = callId;
    if (before) this.#seq = before.#seq;
    this.#isBroken = before !== null;
  }

  /** Polls until the call's end is known or `stop` is called; never throws. */
  async run() {
    while (!this.#stopping.signal.aborted) {
      const isEnded = await this.#poll();
      if (isEnded) return;
      await pause(this.#failures >= PATIENCE ? SLOW_PERIOD_MS : PERIOD_MS, this.#stopping.signal);
    }
  }

  /** Ends `run` soon. */
  stop() {
    this.#stopping.abort();
  }

  async #poll() {
    let answer;
    try {
      answer = await callSince(this.#callId, this.#seq);
    } catch (problem) {
      this.#failures += 1;
      if (this.#failures === PATIENCE) this.#tell("trouble", problem);
      return false;
    }
    if (this.#failures >= PATIENCE) this.#tell("trouble", null);
    this.#failures = 0;
    const all = Array.isArray(answer.events) ? answer.events : [];
    const events = all.filter((event) => this.#seq === null || !(event.seq <= this.#seq));
    for (const { seq } of events) if (Number.isFinite(seq)) this.#seq = Math.max(this.#seq ?? seq, seq);
    this.#tell("news", { events, call: answer.call ?? {} });
    const last = events.findLast(({ kind }) => kind === "call_ended" || kind === "resumed")?.kind;
    if (last === "resumed") this.#isBroken = false;
    return !this.#isBroken && (last === "call_ended" || Boolean(answer.call?.ended_at));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
