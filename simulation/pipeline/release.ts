/** The code of a consumer as it was deployed. */
export interface Release {
  /** Its breaker knows nothing of what another has failed at. */
  readonly name: string;
  /** It fails at every event. */
  readonly fails: boolean;
}

export const FIRST: Release = { name: 'v1', fails: false };

/** What has been deployed so far. */
export class Releases {
  #number = 1;
  #latest = FIRST;

  get isGood(): boolean {
    return !this.#latest.fails;
  }

  next(fails: boolean): Release {
    return (this.#latest = { name: `v${++this.#number}`, fails });
  }
}
