/** The call's events as what a person reads: who said what, what the agent did, how it ended. No DOM here. */

const TOOL_IDS = ["id", "intent_id", "effect_id", "tool_call_id", "key"];

/**
 * Items in order, each of one of these forms:
 * - {type: "said", who: "you" | "agent", text, unheard, isInterrupted}
 * - {type: "tool", tool, arguments, status, reason, ms, result}
 * - {type: "note", name}
 */
export class Journal {
  items = [];
  /** Name of the flow's current step, or "". */
  step = "";
  /** Body of `call_ended`, or null. */
  ending = null;
  #language = null;

  /** Takes one event `{kind, body}`; kinds it does not know are left out. */
  add({ kind, body }) {
    const facts = body && typeof body === "object" ? body : {};
    this[`_${kind}`]?.(facts);
  }

  /** Tools that were still running when the call ended have no known result. */
  close() {
    for (const item of this.items) {
      if (item.type === "tool" && item.status === "running") item.status = "unknown";
    }
  }

  /** Whether the agent is waiting for a tool. */
  get isWorking() {
    return this.items.some((item) => item.type === "tool" && item.status === "running");
  }

  _user_said({ text }) {
    if (text) this.items.push({ type: "said", who: "you", text: String(text), unheard: "", isInterrupted: false });
  }

  _bot_said({ text, heard, interrupted }) {
    const whole = String(text ?? heard ?? "");
    const spoken = heardPart(whole, heard);
    if (!whole && !spoken) return;
    const unheard = whole.startsWith(spoken) ? whole.slice(spoken.length).trim() : "";
    const isInterrupted = Boolean(interrupted);
    this.items.push({ type: "said", who: "agent", text: spoken, unheard: isInterrupted ? unheard : "", isInterrupted });
  }

  _tool_intent(facts) {
    this.items.push({
      type: "tool",
      id: idOf(facts),
      tool: String(facts.tool ?? facts.name ?? ""),
      arguments: facts.arguments ?? {},
      status: "running",
      reason: null,
      ms: null,
      result: null,
    });
  }

  _tool_result(facts) {
    const tool = String(facts.tool ?? facts.name ?? "");
    const id = idOf(facts);
    const waiting = this.items.filter((item) => item.type === "tool" && item.status === "running");
    let item = (id !== null && waiting.find((one) => one.id === id)) || waiting.find((one) => one.tool === tool);
    if (!item) {
      this._tool_intent(facts); // refused before any intent was written
      item = this.items.at(-1);
    }
    item.status = String(facts.status ?? "done");
    item.reason = facts.reason ?? null;
    item.ms = Number.isFinite(facts.ms) ? Math.round(facts.ms) : null;
    item.result = facts.result ?? null;
  }

  _node_entered({ node }) {
    this.step = String(node ?? "");
  }

  // The answer to a read-back; without this id it was no yes.
  _confirmed(facts) {
    if (facts.confirmation_id) this.items.push({ type: "note", name: "note_confirmed" });
  }

  _resumed() {
    this.ending = null; // a broken line had looked like a caller who left
    this.items.push({ type: "note", name: "note_resumed" });
  }

  _call_started({ language }) {
    this.#language = language ?? null;
  }

  _language_set({ language }) {
    const isChange = this.#language !== null && language !== this.#language;
    this.#language = language;
    if (isChange) this.items.push({ type: "note", name: `note_language_${language}` });
  }

  _call_ended(facts) {
    this.ending = facts;
  }
}

function heardPart(whole, heard) {
  if (typeof heard === "string") return heard;
  return heard === false ? "" : whole;
}

function idOf(facts) {
  const name = TOOL_IDS.find((one) => facts[one] !== undefined && facts[one] !== null);
  return name ? String(facts[name]) : null;
}
