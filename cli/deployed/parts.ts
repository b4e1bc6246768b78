import {
  AUDIT_OUTPUT,
  DEAD_LETTERS_OUTPUT,
  type AuditOutput,
  type DeadLettersOutput,
} from '../../lambdas/runtime/contract';
import { outputOf } from './output';

/** A stack as CloudFormation knows it. */
export interface StackTold {
  readonly name: string;
  /** CloudFormation's word, such as UPDATE_COMPLETE. */
  readonly status: string;
  /** Values of its outputs. */
  readonly outputs: readonly string[];
}

/** A topic and all that is around it, as outputs of stacks tell. */
export interface TopicParts {
  readonly cluster: string;
  readonly topic: string;
  readonly groups: readonly GroupParts[];
  /** Of what never reached the topic. @default - no output names it */
  readonly unsent?: string;
  /** Bucket of what waits for the brokers. @default - no output names it */
  readonly spill?: string;
  /** @default - nobody audits the topic */
  readonly audit?: Pick<AuditOutput, 'audit' | 'retentionSeconds'>;
}

export interface GroupParts {
  readonly group: string;
  readonly table: string;
  /** Bucket. */
  readonly deadLetters: string;
}

/**
 * The topics of these stacks. Never empty.
 * @throws Error in one sentence where the outputs name none
 */
export function partsOf(stacks: readonly StackTold[]): TopicParts[] {
  const topics = new Map<string, TopicParts>();
  const add = ({ cluster, topic }: Pick<TopicParts, 'cluster' | 'topic'>, more: (known: TopicParts) => Partial<TopicParts>) => {
    const name = `${cluster} ${topic}`;
    const known = topics.get(name) ?? { cluster, topic, groups: [] };
    topics.set(name, { ...known, ...more(known) });
  }; // prettier-ignore
  for (const output of stacks.flatMap(({ outputs }) => outputs.flatMap((text) => toldBy(text) ?? []))) {
    if (output.kind === AUDIT_OUTPUT) add(output, () => ({ audit: output }));
    else if (output.group === '-') add(output, () => ({ unsent: output.deadLetters, spill: output.spill }));
    else add(output, ({ groups }) => ({ groups: [...groups, ...groupOf(output)] }));
  }
  if (topics.size > 0) return [...topics.values()];
  const seen = stacks.map(({ name, status, outputs }) => `${name} (${status}, ${outputs.length} outputs)`).join(', ');
  throw new Error(`outputs of ${seen}: got none that says where events are, want those that EventPipeline and EventConsumer make; deploy the stack with this version, or name the one of the pipeline`); // prettier-ignore
}

const groupOf = ({ group, table, deadLetters }: DeadLettersOutput): GroupParts[] =>
  table === undefined ? [] : [{ group, table, deadLetters }];

const toldBy = (text: string) => outputOf<AuditOutput | DeadLettersOutput>(text, AUDIT_OUTPUT, DEAD_LETTERS_OUTPUT);
