/** Something a person can act on. `words` has a title and steps for each code. */
export class Problem extends Error {
  /**
   * @param {string} code names the texts `problem_<code>` and `steps_<code>`
   * @param {unknown} [cause] what was thrown first
   */
  constructor(code, cause) {
    super(code, { cause });
    this.code = code;
  }

  /** Any thrown thing as a Problem. */
  static from(thrown) {
    return thrown instanceof Problem ? thrown : new Problem("unknown", thrown);
  }
}
