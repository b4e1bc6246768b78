import { withoutDummies } from './lookups';
import { plain, symbol } from './symbols';

/** No rule asks in which partition a stack lies: in every one, ARNs are compared as if in this. */
export const PARTITION = 'aws';

/** Text as the template has it; `{{resolve:ssm:…}}` is read at deploy. */
export const written = (text: string): string =>
  withoutDummies(plain(text))
    .replace(/^arn:aws-[a-z-]+:/, `arn:${PARTITION}:`)
    .replace(/\{\{resolve:[^{}]*\}\}/g, (whole) => symbol(whole));

/** A value as CloudFormation makes a text of it; undefined for what is no text. */
export const asText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
