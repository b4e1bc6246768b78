import { InvalidArgumentError } from 'commander';

export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('want a whole number of at least 1');
  return value;
}

/** A partition or an offset. */
export function atLeastZero(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('want a whole number of at least 0');
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value < 2 ** 32) return value;
  throw new InvalidArgumentError(`want a whole number from 0 to ${2 ** 32 - 1}`);
}

export function oneOf(known: readonly { readonly name: string }[]): (text: string) => string {
  return (text) => {
    if (known.some(({ name }) => name === text)) return text;
    throw new InvalidArgumentError(`want one of ${known.map(({ name }) => name).join(', ')}`);
  };
}

export function someOf(known: readonly { readonly name: string }[]) {
  return (text: string, before?: readonly string[]): string[] => [...(before ?? []), oneOf(known)(text)];
}
