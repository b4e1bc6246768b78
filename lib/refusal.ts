/** One thing a construct refuses. The message says what, got, want and fix. */
export interface Rule {
  readonly when: boolean;
  readonly message: string;
}
