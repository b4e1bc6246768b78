/**
 * How long failures in a row are put up with. A client whose coordinator has moved can fetch and beat on for ever while
 * every commit of its fails: somebody has to lose patience.
 */
export class Patience {
  #since: number | undefined;

  constructor(private readonly ms: number) {}

  succeeded(): void {
    this.#since = undefined;
  }

  /** True when failures have lasted too long; then it begins anew. */
  failed(nowMs: number): boolean {
    this.#since ??= nowMs;
    if (nowMs - this.#since <= this.ms) return false;
    this.#since = undefined;
    return true;
  }
}
