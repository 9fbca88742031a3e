/** The left-hand side: state of the call, its buttons, its meters, and what went wrong. */
import { byId, clock, make, setText } from "./page.js";
import { words } from "./words.js";

const SPEAKING_DBFS = -50;
const SPEAKING_HOLD_MS = 700; // pauses between words do not end the agent's turn on screen
const QUIET_DBFS = -90; // below the noise of any open microphone: it is switched off or unplugged
const QUIET_AFTER_MS = 8_000;
const METER_PERIOD_MS = 50; // 20 times a second looks live and leaves the processor to the sound

/** Shows a PhoneCall, or the page before the first. */
export class Phone {
  #call = null;
  #problem = null;
  #line = "up";
  #isSilenced = false;
  #permission = "unknown";
  #spokeAt = -Infinity;
  #heardAt = 0;
  #timer = 0;

  /** Shows `call` from now on. */
  show(call) {
    this.#call = call;
    this.#line = "up";
    this.#isSilenced = false;
    this.refresh();
  }

  /** Shows a Problem with what to do, or takes it away. */
  setProblem(problem) {
    this.#problem = problem;
    this.refresh();
  }

  /** The Problem that is shown, or null. */
  get problem() {
    return this.#problem;
  }

  /** "up", "unsteady" or "again". */
  setLine(state) {
    this.#line = state;
    this.refresh();
  }

  /** Whether the browser keeps the agent's voice silent. */
  setSilenced(isSilenced) {
    this.#isSilenced = isSilenced;
    this.refresh();
  }

  /** Whether the browser will ask for the microphone. */
  setPermission(permission) {
    this.#permission = permission;
    this.refresh();
  }

  /** Starts moving the meters; they stop by themselves with the call. */
  startMeters() {
    clearInterval(this.#timer);
    this.#heardAt = performance.now();
    this.#spokeAt = -Infinity;
    this.#timer = setInterval(() => {
      if (!this.#moveMeters()) clearInterval(this.#timer);
    }, METER_PERIOD_MS);
  }

  /** Draws everything that depends on state or language. */
  refresh() {
    const stage = this.#stage();
    const activity = stage === "talking" ? this.#activity() : stage;
    document.body.dataset.stage = stage;
    document.body.dataset.activity = activity;
    document.body.classList.toggle("in-call", ["microphone", "connecting", "talking", "ending"].includes(stage));
    setText(byId("status"), words(`state_${this.#headline(activity)}`));
    setText(byId("hint"), this.#hint(activity));
    this.#drawButtons(stage);
    byId("meters").hidden = stage !== "talking";
    byId("clock").hidden = stage !== "talking";
    byId("caller").hidden = !["idle", "ended"].includes(stage);
    this.#drawQuiet(stage);
    this.#drawProblem();
  }

  // A call that never reached the server leaves the page as it was before.
  #stage() {
    const { stage = "idle", callId } = this.#call ?? {};
    return stage === "" || (stage === "ended" && !callId) ? "idle" : stage;
  }

  #headline(activity) {
    if (activity !== "idle" || !this.#problem) return activity;
    return this.#call ? "not_called" : "not_ready";
  }

  #activity() {
    if (this.#line !== "up") return this.#line;
    const now = performance.now();
    if (now - this.#spokeAt < SPEAKING_HOLD_MS) return "speaking";
    if (this.#call.journal.isWorking) return "working";
    return this.#call.isMuted ? "muted" : "listening";
  }

  #hint(activity) {
    if (activity === "idle" && this.#problem) return "";
    if (activity === "idle" && this.#permission === "prompt") return words("hint_permission");
    if (activity === "unsteady" || activity === "again") return words(`hint_${activity}`);
    if (this.#call?.stage === "talking") return words(this.#call.isMuted ? "hint_muted" : "hint_talking");
    return activity === "ending" ? "" : words(`hint_${activity}`);
  }

  #drawButtons(stage) {
    const button = byId("call");
    const texts = { microphone: "cancel", connecting: "cancel", talking: "hang_up", ending: "hang_up", ended: "call_again" };
    const isRetry = stage === "idle" && this.#problem && !this.#problem.code.startsWith("key_");
    setText(byId("call-text"), words(isRetry ? "retry" : (texts[stage] ?? "call")));
    button.dataset.action = ["idle", "ended"].includes(stage) ? "call" : "hang-up";
    button.setAttribute("aria-disabled", String(stage === "ending"));
    const mute = byId("mute");
    const isMuted = Boolean(this.#call?.isMuted);
    mute.hidden = stage !== "talking";
    mute.setAttribute("aria-pressed", String(isMuted));
    setText(byId("mute-text"), words(isMuted ? "unmute" : "mute"));
  }

  #drawQuiet(stage) {
    const isQuiet = performance.now() - this.#heardAt > QUIET_AFTER_MS && !this.#call?.isMuted;
    const name = this.#isSilenced ? "blocked_sound" : isQuiet ? "quiet_microphone" : "";
    byId("quiet").hidden = stage !== "talking" || !name;
    setText(byId("quiet"), name && words(name));
  }

  #drawProblem() {
    const box = byId("problem");
    const problem = this.#problem;
    box.hidden = problem === null;
    if (!problem) return;
    const isKey = problem.code.startsWith("key_");
    box.dataset.code = problem.code;
    setText(byId("problem-title"), words(`problem_${problem.code}`));
    byId("problem-steps").replaceChildren(...words(`steps_${problem.code}`).map((text) => make("li", { text })));
    byId("key-form").hidden = !isKey;
  }

  // Returns false once there is nothing to measure.
  #moveMeters() {
    const levels = this.#call?.levels();
    const you = levels && !this.#call.isMuted ? levels.you.share : 0;
    const agent = levels ? levels.agent.share : 0;
    // Set where they are used: on the root they would restyle the whole page 20 times a second.
    for (const element of [byId("orb"), byId("meters")]) {
      element.style.setProperty("--you", you.toFixed(2));
      element.style.setProperty("--agent", agent.toFixed(2));
    }
    if (!levels) return false;
    const now = performance.now();
    if (levels.agent.dbfs > SPEAKING_DBFS) this.#spokeAt = now;
    if (levels.you.dbfs > QUIET_DBFS || this.#call.isMuted) this.#heardAt = now;
    setText(byId("clock"), clock(now - this.#call.connectedAt));
    const wasQuiet = !byId("quiet").hidden;
    const isQuiet = this.#isSilenced || now - this.#heardAt > QUIET_AFTER_MS;
    if (document.body.dataset.activity !== this.#activity() || wasQuiet !== isQuiet) this.refresh();
    return true;
  }
}
