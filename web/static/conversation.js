/** The right-hand side: what was said, what the agent did, and how the call ended. */
import { byId, clock, icon, make, setText } from "./page.js";
import { hasWords, words } from "./words.js";

const STATUS_ICONS = { running: "tool", done: "check", refused: "stop", failed: "cross", unknown: "question" };
const NEAR_END_PX = 60;
const COPIED_MS = 2_000;

/** Shows one Journal; `clear` before the next. */
export class Conversation {
  #list = byId("transcript");
  #scroll = byId("scroll");
  #drawn = []; // [{element, face}] beside the journal's items
  #call = null;
  #about = {};
  #follows = true; // until the person scrolls back to read

  constructor() {
    this.#scroll.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.#scroll;
      this.#follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    });
    byId("copy").addEventListener("click", () => this.#copy());
  }

  /** Forgets the call before and shows `call` from now on. */
  show(call) {
    this.#call = call;
    this.#list.replaceChildren();
    this.#drawn = [];
    this.#follows = true;
    this.refresh();
  }

  /** What the server says of itself: whether its dialogue is rules. */
  setAbout(about) {
    this.#about = about;
    this.refresh();
  }

  /** Draws what has changed: new events, or another language. */
  refresh() {
    const journal = this.#call?.journal;
    const items = journal?.items ?? [];
    byId("empty").hidden = items.length > 0 || (this.#call?.stage === "ended" && this.#call.callId !== "");
    byId("examples").replaceChildren(...words("examples").map((text) => make("li", { text })));
    byId("engine").hidden = !isRules(this.#about);
    setText(byId("engine"), words("engine_rules"));
    items.forEach((item, index) => this.#draw(item, index, items[index - 1]));
    const isLive = this.#call && this.#call.stage !== "ended";
    byId("step").hidden = !(isLive && journal.step);
    if (journal?.step) setText(byId("step"), words("step", { node: nodeName(journal.step) }));
    byId("copy").hidden = items.length === 0;
    setText(byId("copy-text"), words("copy"));
    const hadOutcome = !byId("outcome").hidden;
    this.#drawOutcome();
    const isOutcomeNew = !hadOutcome && !byId("outcome").hidden;
    if (this.#follows && items.length > 0) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    if (isOutcomeNew) byId("outcome").scrollIntoView({ block: "nearest" }); // on a narrow screen it is far below
  }

  #draw(item, index, before) {
    const face = JSON.stringify(item) + document.documentElement.lang;
    const old = this.#drawn[index];
    if (old?.face === face) return;
    const element = FACES[item.type](item, before);
    const wasOpen = old?.element.querySelector("details")?.open;
    if (wasOpen) element.querySelector("details").open = true;
    if (old) old.element.replaceWith(element);
    else this.#list.append(element);
    this.#drawn[index] = { element, face };
  }

  #drawOutcome() {
    const card = byId("outcome");
    const call = this.#call;
    // A call that never reached the server has a problem to show, not an outcome.
    card.hidden = !(call?.stage === "ended" && call.callId);
    if (card.hidden) return;
    const disposition = dispositionOf(call);
    card.dataset.disposition = disposition;
    byId("outcome-icon").setAttribute("href", `static/icons.svg#${outcomeIcon(disposition)}`);
    setText(byId("outcome-title"), words(`outcome_${disposition}`));
    setText(byId("outcome-text"), words(`outcome_${disposition}_text`));
    byId("outcome-facts").replaceChildren(...facts(call).flatMap(([name, value]) => [
      make("dt", { text: name }),
      make("dd", { text: value }),
    ]));
  }

  async #copy() {
    const text = this.#call.journal.items.map(line).filter(Boolean).join("\n");
    let said = "copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      said = "copy_failed";
    }
    setText(byId("copy-text"), words(said));
    setTimeout(() => setText(byId("copy-text"), words("copy")), COPIED_MS);
  }
}

const FACES = { said: drawSaid, tool: drawTool, note: drawNote };

function drawSaid(item, before) {
  const isFirst = before?.type !== "said" || before.who !== item.who;
  const who = make("span", { className: isFirst ? "who" : "unseen", text: words(`who_${item.who}`) });
  const bubble = make("p", { className: "bubble", text: item.text });
  if (item.unheard) {
    bubble.append(
      item.text ? " " : "",
      make("span", { className: "unseen", text: words("unheard") + " " }),
      make("s", { text: item.unheard }),
    );
  }
  const element = make("li", { className: `said ${item.who}` }, who, bubble);
  if (item.isInterrupted) element.append(make("span", { className: "cut", text: words("interrupted") }));
  return element;
}

function drawTool(item) {
  const status = hasWords(`status_${item.status}`) ? words(`status_${item.status}`) : item.status;
  const name = hasWords(`tool_${item.tool}`) ? words(`tool_${item.tool}`) : words("tool_other");
  const facts = make(
    "span",
    { className: "facts" },
    make("b", { text: name }),
    make("code", { text: item.tool }),
    make("span", { className: "status", text: status }),
  );
  if (hasWords(`reason_${item.reason}`)) facts.append(make("span", { text: words(`reason_${item.reason}`) }));
  if (item.ms !== null) facts.append(make("span", { className: "ms", text: words("milliseconds", { ms: item.ms }) }));
  const summary = make("summary", {}, icon(STATUS_ICONS[item.status] ?? "question"), facts);
  const body = make("dl", {});
  if (item.reason) body.append(make("dt", { text: words("reason") }), make("dd", {}, make("code", { text: item.reason })));
  body.append(make("dt", { text: words("arguments") }), make("dd", {}, json(item.arguments)));
  if (item.result !== null) body.append(make("dt", { text: words("result") }), make("dd", {}, json(item.result)));
  const element = make("li", { className: "tool" }, make("details", {}, summary, body));
  element.dataset.status = item.status;
  return element;
}

function drawNote(item) {
  return make("li", { className: "note", text: hasWords(item.name) ? words(item.name) : "" });
}

function json(value) {
  return make("pre", { text: typeof value === "string" ? value : JSON.stringify(value, null, 2) });
}

function line(item) {
  if (item.type === "said") return `${words(`who_${item.who}`)}: ${item.text}`;
  if (item.type === "tool") return `[${item.tool} ${JSON.stringify(item.arguments)}: ${item.status}]`;
  return "";
}

function dispositionOf(call) {
  const said = call.journal.ending?.disposition ?? call.record.disposition;
  return hasWords(`outcome_${said}_text`) ? said : "other";
}

function outcomeIcon(disposition) {
  if (["resolved", "partially_resolved"].includes(disposition)) return "check";
  if (disposition === "transferred") return "person";
  if (disposition === "refused") return "stop";
  return disposition === "failed_system" ? "cross" : "phone";
}

function facts(call) {
  const collected = call.journal.ending?.collected_data ?? call.record.collected_data ?? {};
  const found = Object.entries(collected)
    .filter(([name, value]) => hasWords(`fact_${name}`) && ["string", "number"].includes(typeof value))
    .map(([name, value]) => [words(`fact_${name}`), readable(String(value))]);
  const length = call.connectedAt === null ? [] : [[words("fact_length"), clock(call.endedAt - call.connectedAt)]];
  return [...found, ...length, [words("fact_call"), call.callId]];
}

function nodeName(node) {
  return hasWords(`node_${node}`) ? words(`node_${node}`) : node.replaceAll("_", " ");
}

// "2026-03-17" as people write it; anything else as it is.
function readable(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return text;
  const date = new Date(`${text}T12:00:00Z`);
  const form = { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return new Intl.DateTimeFormat(document.documentElement.lang, form).format(date);
}

function isRules(about) {
  return about.dialogue === "rules";
}
