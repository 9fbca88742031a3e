/** What the caller chooses before and during a call: number, microphone, loudspeaker. */
import { keep, recall } from "./memory.js";
import { canChooseSpeaker, devices } from "./microphone.js";
import { byId, make, setText } from "./page.js";
import { words } from "./words.js";

const E164 = /^\+[1-9]\d{7,14}$/;

/** The caller's number as typed. */
export class NumberField {
  #field = byId("number");
  #isWrong = false;

  constructor() {
    this.#field.value = recall("number", { tab: true }) ?? "";
    this.#field.addEventListener("input", () => this.#mark(false));
    byId("caller").addEventListener("submit", (event) => {
      event.preventDefault();
      byId("call").click();
    });
  }

  /** The number in E.164, "" when empty, or null (and a word to the person) when it is no number. */
  read() {
    const number = this.#field.value.replace(/[\s().\-\u00a0]/g, "").replace(/^00/, "+");
    this.#mark(number !== "" && !E164.test(number));
    if (this.#isWrong) {
      this.#field.focus();
      return null;
    }
    keep("number", number || null, { tab: true });
    return number;
  }

  /** Offers numbers that have demo orders. */
  offer(callers) {
    const box = byId("number-offers");
    const known = (Array.isArray(callers) ? callers : []).filter((one) => E164.test(one?.number));
    box.hidden = known.length === 0;
    const buttons = known.map((one) => {
      const label = one.label ?? one.name;
      const button = make("button", { className: "offer", text: label ? `${one.number} · ${label}` : one.number });
      button.type = "button";
      button.addEventListener("click", () => {
        this.#field.value = one.number;
        this.#mark(false);
      });
      return button;
    });
    box.replaceChildren(make("p", { className: "help", text: words("number_offers") }), ...buttons);
  }

  /** Writes its word again, in another language. */
  refresh() {
    this.#mark(this.#isWrong);
  }

  #mark(isWrong) {
    this.#isWrong = isWrong;
    this.#field.setAttribute("aria-invalid", String(isWrong));
    byId("number-problem").hidden = !isWrong;
    setText(byId("number-problem"), isWrong ? words("number_wrong") : "");
  }
}

/** The lists of microphones and loudspeakers. */
export class SoundChoice {
  #onMicrophone;
  #voice;

  /**
   * @param {HTMLAudioElement} voice plays the agent
   * @param {(deviceId: string) => void} onMicrophone another microphone was chosen
   */
  constructor(voice, onMicrophone) {
    this.#voice = voice;
    this.#onMicrophone = onMicrophone;
    byId("speaker-choice").hidden = !canChooseSpeaker();
    byId("microphone").addEventListener("change", ({ target }) => {
      keep("microphone", target.value || null);
      this.#onMicrophone(target.value);
    });
    byId("speaker").addEventListener("change", ({ target }) => {
      keep("speaker", target.value || null);
      this.#useSpeaker(target.value);
    });
    navigator.mediaDevices?.addEventListener?.("devicechange", () => this.refresh());
  }

  /** The chosen microphone's id; "" for the system's choice. */
  get microphoneId() {
    return byId("microphone").value;
  }

  /** Lists the devices anew. Names are known only after the microphone was allowed. */
  async refresh() {
    await fill(byId("microphone"), await devices("audioinput"), recall("microphone"));
    if (!canChooseSpeaker()) return;
    await fill(byId("speaker"), await devices("audiooutput"), recall("speaker"));
    await this.#useSpeaker(byId("speaker").value);
  }

  async #useSpeaker(id) {
    try {
      await this.#voice.setSinkId(id);
    } catch {
      byId("speaker").value = ""; // unplugged meanwhile: the system's choice plays on
    }
  }
}

function fill(select, found, chosen) {
  const options = found.map(({ id, name }, index) => {
    const option = make("option", { text: name || words("sound_unnamed", { number: index + 1 }) });
    option.value = id;
    return option;
  });
  const system = make("option", { text: words("sound_default") });
  system.value = "";
  select.replaceChildren(system, ...options);
  select.value = found.some(({ id }) => id === chosen) ? chosen : "";
}
