import { atom, isKnown, symbol } from './symbols';

/**
 * What the CDK writes into a template for a value that it has not looked up yet (`Vpc.fromLookup`,
 * `SecurityGroup.fromLookupById`, `Key.fromLookup`, `StringParameter.valueFromLookup`, `Stack.availabilityZones`): it
 * says nothing of what is there.
 * https://docs.aws.amazon.com/cdk/v2/guide/context.html
 */
const IDS =
  /\b(vpc-12345|[sp]-(?:12345|67890)|rtb-\d{5}[sp]|dummy1[abc]|sg-12345678|1234abcd-12ab-34cd-56ef-1234567890ab)(?![\w-])/g;
const PARAMETERS = /dummy-value-for-[\w./-]+/g;

/** Marks the name of what is not looked up yet. */
const PENDING = 'a lookup not made yet: ';

/** The text, in which what a lookup is still to find is known only at deploy. */
export const withoutDummies = (text: string): string =>
  text
    .replace(PARAMETERS, (name) => symbol(PENDING + name))
    .replace(IDS, (name, _, at: number) => (/[\w-]/.test(text[at - 1] ?? '') ? name : atom(PENDING + name)));

/** Of such a list nothing is known, its length neither. */
export const isPending = (text: string): boolean => !isKnown(text) && text.includes(PENDING);
