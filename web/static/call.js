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
const PLAY_OUT_MS = 600; // what has arrived before the line went down is still to be heard

/**
 * Emits:
 * - `stage`: "microphone", "connecting", "talking", "ending", "ended"
 * - `line`: "up" or "unsteady", while talking
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
  #meters = null;
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
      await this.#untilOver();
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
    this.#line = new Line(iceServers);
    const track = this.#microphone.getAudioTracks()[0];
    const call = { language, ...(fromNumber && { from_number: fromNumber }) };
    await this.#line.open(track, call, (callId) => this.#followCall(callId), signal);
    // Chrome hands a remote stream to AudioContext only while an audio element plays it.
    voice.srcObject = this.#line.remote;
    voice.play().catch((error) => {
      if (error.name === "NotAllowedError") this.#tell("silenced");
    });
    this.#meters = {
      you: this.#levels.follow(this.#microphone),
      agent: this.#levels.follow(this.#line.remote),
    };
  }

  #followCall(callId) {
    this.callId = callId;
    this.#feed = new Feed(callId);
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

  #untilOver() {
    return new Promise((resolve, reject) => {
      this.#cancelling.signal.addEventListener("abort", resolve, { once: true });
      this.#feedRun.then(() => setTimeout(resolve, GOODBYE_MS));
      this.#line.addEventListener("state", ({ detail }) => {
        if (detail === "down") setTimeout(resolve, PLAY_OUT_MS);
        else if (detail === "lost") reject(new Problem("call_lost"));
        else this.#tell("line", detail);
      });
      if (this.#cancelling.signal.aborted || this.#line.isOver) resolve();
    });
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

function stop(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
