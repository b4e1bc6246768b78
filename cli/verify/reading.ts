import type { Answer, Question, Questions } from './account';
import type { Deployed } from './deployed';
import { DRIFT_CODES, type Drift, type DriftCode } from './drift';

/** What is true now of one resource. */
export interface Seen {
  readonly of: Deployed;
  /**
   * As a template would write it; `undefined`: a property that is not set. What is not among them was not asked for, or not
   * to be seen.
   */
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly drifts?: readonly Drift[];
}

/** How a reading asks: about one resource, so that what is not to be seen is said of that one. */
export interface Look {
  readonly ask: <Q extends Question>(
    of: Deployed,
    question: Q,
    input: Questions[Q][0],
  ) => Promise<Answer<Questions[Q][1]>>;
  /** Says of a resource what of it could not be seen, and why. */
  readonly unseen: (of: Deployed, why: string) => void;
  /** A resource of any of the stacks, by what its service calls it. */
  readonly find: (physicalId: string) => Deployed | undefined;
}

/** Reads all resources of one type. */
export type Reading = (all: readonly Deployed[], look: Look) => Promise<readonly Seen[]>;

/** Reads one resource after the other; `none` from `read` says that there is no such resource. */
export const each =
  (read: (of: Deployed, look: Look) => Promise<readonly Seen[] | 'gone'>): Reading =>
  async (all, look) => {
    const seen: Seen[] = [];
    for (const of of all) {
      const found = await read(of, look);
      seen.push(...(found === 'gone' ? [{ of, drifts: [gone(of)] }] : found));
    }
    return seen;
  };

/** The property as it is now; none where it was not to be seen. */
export const property = <T>(name: string, answer: Answer<T>, value: (said: T) => unknown): Record<string, unknown> => {
  switch (answer.kind) {
    case 'said':
      return { [name]: value(answer.value) };
    case 'none':
      return { [name]: undefined };
    case 'unseen':
      return {};
  }
};

type Told = Pick<Drift, 'of' | 'property' | 'found' | 'wanted' | 'fix'>;

export const drift = (code: DriftCode, told: Told): Drift => ({ code, status: 'fail', ...DRIFT_CODES[code], ...told });

export const gone = (of: Deployed): Drift =>
  drift('LK801', {
    of,
    property: '',
    found: `no ${of.type} of the name ${of.physicalId}`,
    wanted: 'the one that the stack made',
    fix: 'restore it from what is kept of it (a backup, versions), or take it out of the stack and deploy it anew; then look what is missing by the runbook',
  });

/** CloudFormation looks at what a template has changed, not at what the account has. */
export const PUT_BACK =
  'put it back where it was changed, as the template has it: a deploy of the same template changes nothing';

/** What is neither nothing nor empty. */
export const filled = <T extends object>(value: T | undefined): T | undefined =>
  value !== undefined && Object.values(value).some((item) => item !== undefined && item !== '') ? value : undefined;
