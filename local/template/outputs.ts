import type { Resolver } from './resolver';
import type { Template } from './resource';

/** An output of the stack, as CloudFormation tells it. */
export interface Output {
  readonly name: string;
  readonly value: string;
}

/** The outputs that have a local meaning: of an account's own addresses and names nobody can be told here. */
export function readOutputs(template: Template, resolver: Resolver): readonly Output[] {
  return Object.entries(template.Outputs ?? {}).flatMap(([name, { Value }]) => {
    try {
      return [{ name, value: String(resolver.resolve(Value, `output ${name}`)) }];
    } catch {
      return [];
    }
  });
}
