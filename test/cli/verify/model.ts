import { NormalizedSchema, type Schema } from '@smithy/core/schema';
import type { Question } from '../../../cli/verify/account';

/** Throws where an answer is not one that the SDK's own model of the service knows: a stand-in cannot make up shapes. */
export async function fitsModel(question: Question, answer: unknown): Promise<void> {
  const [service = '', operation = ''] = question.split(':');
  const sdk = (await import(`@aws-sdk/client-${service}`)) as Record<string, new (input: object) => object>;
  const command = new sdk[`${operation}Command`]!({}) as { readonly schema: readonly unknown[] };
  check(NormalizedSchema.of(command.schema[5] as Schema), answer, question);
}

function check(schema: NormalizedSchema, value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  const wrong = (want: string): Error => new Error(`${where}: got ${JSON.stringify(value)?.slice(0, 80)}, want ${want}, as the model of the SDK says`); // prettier-ignore
  if (schema.isStructSchema()) {
    const members = new Map(schema.structIterator());
    if (typeof value !== 'object') throw wrong('a structure');
    for (const [name, item] of Object.entries(value)) {
      const member = members.get(name);
      if (!member) throw new Error(`${where}: got ${name}, want one of ${[...members.keys()].join(', ')}`);
      check(member, item, `${where}.${name}`);
    }
  } else if (schema.isListSchema()) {
    if (!Array.isArray(value)) throw wrong('a list');
    value.forEach((item, n) => check(schema.getValueSchema(), item, `${where}[${n}]`));
  } else if (schema.isMapSchema()) {
    if (typeof value !== 'object') throw wrong('a map');
    for (const [name, item] of Object.entries(value)) check(schema.getValueSchema(), item, `${where}.${name}`);
  } else if (schema.isStringSchema()) {
    if (typeof value !== 'string') throw wrong('a text');
  } else if (schema.isNumericSchema()) {
    if (typeof value !== 'number') throw wrong('a number');
  } else if (schema.isBooleanSchema()) {
    if (typeof value !== 'boolean') throw wrong('true or false');
  } else if (schema.isTimestampSchema()) {
    if (!(value instanceof Date)) throw wrong('a time');
  } else if (schema.isBlobSchema()) {
    if (!(value instanceof Uint8Array)) throw wrong('bytes');
  }
}
