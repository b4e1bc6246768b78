import { Resource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Rule } from './refusal';

/** Which stack has to be there before which, as far as what one construct is given stands in another stack. */

interface Need {
  readonly stack: Stack;
  /** In words, after "for". */
  readonly what: string;
}

const NEEDS = new WeakMap<Stack, Need[]>();

/**
 * Refuses what stands in a stack that already needs the stack of whoever uses it: neither could be deployed first. What is only
 * named here stands in no stack.
 */
export const inOrder = (user: IConstruct, parts: Readonly<Record<string, IConstruct | undefined>>): Rule[] =>
  Object.entries(parts).flatMap(([prop, part]) =>
    [part, keyOf(part)]
      .filter((each) => each !== undefined)
      .filter((each) => !Resource.isResource(each) || Resource.isOwnedResource(each))
      .flatMap((each) => after(user, prop, each)),
  );

/** Whoever may read or write what is encrypted is granted its key, too. */
const keyOf = (part: IConstruct | undefined): IConstruct | undefined =>
  (part as { encryptionKey?: IConstruct } | undefined)?.encryptionKey;

function after(user: IConstruct, prop: string, part: IConstruct): Rule[] {
  const [here, there] = apart(Stack.of(user), Stack.of(part));
  if (!here || !there) return [];
  const back = wayTo(here, there);
  const what = `${prop} of ${user.node.path}`;
  NEEDS.set(here, [...(NEEDS.get(here) ?? []), { stack: there, what }]);
  const message = `${prop}: got ${part.node.path} of stack ${there.node.path} for ${user.node.path} of stack ${here.node.path}, want no two stacks that need each other, as neither could be deployed first, and ${there.node.path} needs ${here.node.path} for ${back}; make ${part.node.path} in stack ${here.node.path}, or both things in a stack that needs neither`;
  return [{ when: back !== undefined, message }];
}

/** The two stacks, or those around them, that lie side by side; none where one lies in the other, whose references are no cycle. */
function apart(one: Stack, other: Stack): [Stack, Stack] | [] {
  const [a, b] = [around(one), around(other)];
  const level = a.findIndex((stack, n) => stack !== b[n]);
  const [here, there] = [a[level], b[level]];
  return here && there ? [here, there] : [];
}

/** The stack, below all in which it is nested, the outermost first. */
const around = (stack: Stack): Stack[] =>
  stack.nestedStackParent ? [...around(stack.nestedStackParent), stack] : [stack];

/** For what a stack needs another, itself or by way of others. */
function wayTo(to: Stack, from: Stack, seen = new Set<Stack>()): string | undefined {
  if (seen.has(from)) return undefined;
  seen.add(from);
  const own = from.dependencies.map((stack): Need => ({ stack, what: 'a dependency that the app adds' }));
  return [...(NEEDS.get(from) ?? []), ...own].find(({ stack }) => stack === to || wayTo(to, stack, seen) !== undefined)
    ?.what;
}
