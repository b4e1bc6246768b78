export interface VerifyOptions {
  /** @default - that of the settings of AWS */
  readonly region?: string;
  readonly json?: boolean;
  /** Print the rights that it takes, and ask nobody. */
  readonly policy?: boolean;
}
