/** One call, from the click to its outcome. */
import { Feed } from "./feed.js";
import { Journal } from "./journal.js";
import { Levels } from "./levels.js";
import { Line } from "./line.js";
import { openMicrophone, requireCallsPossible } from "./microphone.js";
import { Problem } from "./problem.js";

const OUTCOME_MS = 8_000; // how long the outcome is awaited after the line is down
const OUTCOME_IN_TROUBLE_MS = 2_000; // the same from a server that has not answered for a while
const GOODBYE_MS = 3_000; // how long the agent's last words may still be on their way
const UNSTEADY_MS = 5_000; // a line that breaks for longer is replaced
const COME_BACK_MS = [500, 1_000, 2_000, 4_000, 8_000, 12_000]; // pauses before the attempts to replace it
const JITTER = 0.3; // of a pause, so that everybody's pages do not come back at once
const PLAY_OUT_MS = 600; // what has arrived before the line went down is still to be heard

/**
 * Emits:
 * - `stage`: "microphone", "connecting", "talking", "ending", "ended"
 * - `line`: "up", "unsteady", or "again" while a lost line is replaced
 * - `silenced`: the browser refuses to play the agent until the person clicks
 * - `news`: the Journal has grown
 * - `trouble`: a Problem that does not end the call, or null when it is over
 */
export class PhoneCall extends EventTarget {
  stage = "";
  callId = "";
  isMuted = false;
  journal = new Journal();
  /** The server's own record of the call, as last seen. */
  record = {};
  /** Milliseconds (performance.now) at which sound began to flow; null before. */
  connectedAt = null;
  endedAt = null;
  #settings;
  #cancelling = new AbortController();
  #line = null;
  #microphone = null;
  #levels = null;
  #meters = null; // functions {you, agent}
  #feed = null;
  #isInTrouble = false;
  #feedRun = Promise.resolve();

  /** @param {{language: string, fromNumber: string, microphoneId: string, iceServers: object[]}} settings */
  constructor(settings) {
    super();
    this.#settings = settings;
  }

  /**
   * Holds the call; resolves when it is over and its outcome is known, or cannot be.
   * @param {HTMLAudioElement} voice plays the agent
   * @throws {Problem} what kept the call from being held
   */
  async run(voice) {
    try {
      requireCallsPossible();
      await this.#connect(voice);
      this.connectedAt = performance.now();
      this.#enter("talking");
      while (!(await this.#untilLineOver())) await this.#comeBack(voice);
    } catch (error) {
      if (!this.#cancelling.signal.aborted) throw error;
    } finally {
      this.endedAt = performance.now();
      this.#release(voice);
      await this.#awaitOutcome();
      this.journal.close();
      this.#enter("ended");
    }
  }

  /** Ends the call from this side, at any stage. */
  hangUp() {
    this.#cancelling.abort(new DOMException("hung up", "AbortError"));
  }

  /** Closes the line at once, without waiting for the outcome: the page is going away. */
  abandon() {
    this.hangUp();
    this.#line?.close();
  }

  /** Stops or resumes sending the caller's voice. */
  mute(isMuted) {
    this.isMuted = isMuted;
    for (const track of this.#microphone?.getTracks() ?? []) track.enabled = !isMuted;
  }

  /** Speaks through another microphone from now on. */
  async useMicrophone(deviceId) {
    this.#settings.microphoneId = deviceId;
    if (!this.#microphone || this.stage !== "talking") return;
    const next = await openMicrophone(deviceId);
    if (this.stage !== "talking") return stop(next);
    stop(this.#microphone);
    this.#microphone = next;
    this.mute(this.isMuted);
    await this.#line.replaceTrack(next.getAudioTracks()[0]);
    this.#meters.you = this.#levels.follow(next);
  }

  /** Loudness of both sides now, or null without a line. */
  levels() {
    return this.#meters && { you: this.#meters.you(), agent: this.#meters.agent() };
  }

  async #connect(voice) {
    const { signal } = this.#cancelling;
    const { language, fromNumber, microphoneId, iceServers } = this.#settings;
    this.#enter("microphone");
    this.#levels = new Levels();
    this.#microphone = await openMicrophone(microphoneId);
    signal.throwIfAborted();
    this.#enter("connecting");
    const call = { language, ...(fromNumber && { from_number: fromNumber }) };
    await this.#openLine(voice, call, (callId) => this.#followCall(callId));
    this.#meters.you = this.#levels.follow(this.#microphone);
  }

  async #openLine(voice, call, onAnswer) {
    this.#line = new Line(this.#settings.iceServers);
    await this.#line.open(this.#microphone.getAudioTracks()[0], call, onAnswer, this.#cancelling.signal);
    // Chrome hands a remote stream to AudioContext only while an audio element plays it.
    voice.srcObject = this.#line.remote;
    voice.play().catch((error) => {
      if (error.name === "NotAllowedError") this.#tell("silenced");
    });
    this.#meters = { ...this.#meters, agent: this.#levels.follow(this.#line.remote) };
  }

  // Replaces a lost line: the server goes on with the call where it was.
  async #comeBack(voice) {
    const { signal } = this.#cancelling;
    this.#tell("line", "again");
    this.#tell("trouble", null); // that the server is not heard is the same trouble
    this.#line.close();
    this.#feed.stop();
    await this.#feedRun;
    for (const [attempt, pauseMs] of COME_BACK_MS.entries()) {
      await pause(pauseMs * (1 + JITTER * Math.random()), signal);
      if (signal.aborted) return;
      try {
        await this.#openLine(voice, { call_id: this.callId }, () => {});
        this.#followCall(this.callId);
        this.#tell("line", "up");
        return;
      } catch (problem) {
        this.#line.close();
        if (signal.aborted) return;
        if (problem.code === "call_lost" || attempt === COME_BACK_MS.length - 1) throw new Problem("call_lost", problem);
      }
    }
  }

  #followCall(callId) {
    this.callId = callId;
    this.#feed = new Feed(callId, this.#feed);
    this.#feed.addEventListener("news", ({ detail }) => {
      this.record = detail.call;
      for (const event of detail.events) this.journal.add(event);
      this.#tell("news");
    });
    this.#feed.addEventListener("trouble", ({ detail }) => {
      this.#isInTrouble = detail !== null;
      this.#tell("trouble", detail);
    });
    this.#feedRun = this.#feed.run();
  }

  // Resolves to whether the call is over; if not, its line is lost.
  async #untilLineOver() {
    const listening = new AbortController();
    const options = { signal: listening.signal };
    const { signal } = this.#cancelling;
    let timer;
    try {
      return await new Promise((resolve) => {
        const over = () => resolve(true);
        const lost = () => resolve(false);
        const feedRun = this.#feedRun;
        signal.addEventListener("abort", over, options);
        feedRun.then(() => {
          // The server takes a line that broke for a caller who left, and knows nothing of a process that died.
          if (!this.journal.ending || this.journal.ending.ended_by === "caller") lost();
          else setTimeout(over, GOODBYE_MS);
        });
        this.#line.addEventListener("state", ({ detail }) => {
          clearTimeout(timer);
          if (detail === "down") setTimeout(over, PLAY_OUT_MS);
          else if (detail === "lost") lost();
          else this.#tell("line", detail);
          if (detail === "unsteady") timer = setTimeout(lost, UNSTEADY_MS);
        }, options);
        if (signal.aborted || this.#line.isOver) over();
      });
    } finally {
      clearTimeout(timer);
      listening.abort();
    }
  }

  async #awaitOutcome() {
    if (!this.#feed) return;
    this.#enter("ending");
    const timer = setTimeout(() => this.#feed.stop(), this.#isInTrouble ? OUTCOME_IN_TROUBLE_MS : OUTCOME_MS);
    await this.#feedRun;
    clearTimeout(timer);
  }

  #release(voice) {
    this.#line?.close();
    this.#meters = null;
    stop(this.#microphone);
    this.#levels?.close();
    voice.srcObject = null;
  }

  #enter(stage) {
    this.stage = stage;
    this.#tell("stage", stage);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

function pause(ms, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
}

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
