import { RIGHTS } from './account';

/** Of these the ARNs are known beforehand. */
const ON_STACKS = /^cloudformation:/;

/** The least IAM policy by which stacks of these names are verified; of all stacks where none is named. It lets nothing be changed. */
export function policyFor(stacks: readonly string[]): object {
  const actions = [...new Set(Object.values(RIGHTS).flat())].sort();
  // Nested stacks are called after the one around them.
  const named = stacks.map((name) => `arn:*:cloudformation:*:*:stack/${name}*`);
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReadStacks',
        Effect: 'Allow',
        Action: actions.filter((action) => ON_STACKS.test(action)),
        Resource: named.length > 0 ? named : '*',
      },
      {
        Sid: 'ReadWhatTheyDeployed',
        Effect: 'Allow',
        Action: actions.filter((action) => !ON_STACKS.test(action)),
        Resource: '*',
      },
    ],
  };
}
