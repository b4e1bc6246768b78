import type { GroupStage, Stage } from './stage';
import { codeOf, onWire, type Wire } from './wire';

/** Members that send no heartbeats stay for so long. */
const SESSION_MS = 60_000;
/** A coordinator that is being chosen, reads its log, or is another by now. */
const AGAIN: ReadonlySet<number> = new Set([14, 15, 16]);
const STALE: ReadonlySet<number> = new Set([22, 25]); // ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID
const REBALANCE_IN_PROGRESS = 27;
const NOTHING = Buffer.alloc(0);

export interface RealGroupOptions {
  readonly id: string;
  readonly topic: string;
  /** The broker that coordinates now; it may be another than before. */
  readonly coordinator: () => Promise<number>;
  /** `host:port`. */
  readonly addressOf: (broker: number) => string;
  readonly until: Stage['until'];
}

/** A group of members that do nothing but what a case says: join, follow, commit, leave. */
export class RealGroup implements GroupStage {
  /** Names as the brokers gave them, by those of the case. */
  readonly #ids = new Map<string, string>();
  #generation = -1;

  constructor(private readonly options: RealGroupOptions) {}

  coordinator(): Promise<number> {
    return this.options.coordinator();
  }

  join(member: string): Promise<number> {
    return this.beginJoin(member).end();
  }

  beginJoin(member: string): { end(): Promise<number> } {
    const others = [...this.#ids.keys()];
    const joining = this.#joined(member, '');
    return {
      end: async () => {
        // Who joined before the group waits for it would be a group of its own.
        if (others[0] !== undefined) await this.#untilItWaitsFor(others[0]);
        const all = await Promise.all([joining, ...others.map((name) => this.#joined(name, this.#ids.get(name)!))]);
        const { generationId, leaderId } = all[0];
        const groupAssignment = all.map(({ memberId }) => ({ memberId, memberAssignment: NOTHING }));
        await Promise.all(
          all.map(
            ({ memberId }) =>
            this.#ask({ memberId, generationId, groupAssignment: memberId === leaderId ? groupAssignment : [] }, 'syncGroup'), // prettier-ignore
          ),
        );
        return (this.#generation = generationId);
      },
    };
  }

  async leave(member: string): Promise<void> {
    await this.#ask({ memberId: this.#ids.get(member) }, 'leaveGroup');
  }

  async commit(member: string, groupGenerationId: number, offset: number): Promise<'ok' | 'stale' | 'failed'> {
    const { topic } = this.options;
    const partitions = [{ partition: 0, offset: String(offset) }];
    const memberId = this.#ids.get(member) ?? `${member}-of-no-group`;
    try {
      await this.#ask({ memberId, groupGenerationId, topics: [{ topic, partitions }] }, 'offsetCommit');
      return 'ok';
    } catch (error) {
      return STALE.has(codeOf(error)) ? 'stale' : 'failed';
    }
  }

  async committed(): Promise<number | undefined> {
    const { id: groupId, topic } = this.options;
    const topics = [{ topic, partitions: [{ partition: 0 }] }];
    const { responses } = await this.#answered((wire) => wire.offsetFetch({ groupId, topics }));
    const offset = Number(responses[0]?.partitions[0]?.offset);
    return offset < 0 ? undefined : offset;
  }

  /** A member hears with its heartbeat that it is to join anew. */
  #untilItWaitsFor(member: string): Promise<void> {
    const request = { memberId: this.#ids.get(member), groupGenerationId: this.#generation };
    return this.options.until(`group ${this.options.id} to wait for its members`, async () => {
      try {
        await this.#ask(request, 'heartbeat');
        return false;
      } catch (error) {
        if (codeOf(error) !== REBALANCE_IN_PROGRESS) throw error;
        return true;
      }
    });
  }

  async #joined(member: string, memberId: string) {
    const { id: groupId } = this.options;
    const groupProtocols = [{ name: 'case', metadata: NOTHING }];
    const request = { groupId, memberId, sessionTimeout: SESSION_MS, rebalanceTimeout: SESSION_MS, groupProtocols };
    const joined = await this.#answered((wire) => wire.joinGroup(request));
    this.#ids.set(member, joined.memberId);
    return joined;
  }

  async #ask(request: object, what: 'syncGroup' | 'leaveGroup' | 'offsetCommit' | 'heartbeat'): Promise<void> {
    await this.#answered((wire) => wire[what]({ groupId: this.options.id, ...request }));
  }

  /** Asks again until there is a coordinator that answers for the group. */
  async #answered<T>(question: (wire: Wire) => Promise<T>): Promise<T> {
    const { coordinator, addressOf, until, id } = this.options;
    let answer: { readonly value: T } | undefined;
    await until(`a coordinator of ${id} that answers`, async () => {
      try {
        answer = { value: await onWire(addressOf(await coordinator()), question) };
        return true;
      } catch (error) {
        if (!AGAIN.has(codeOf(error))) throw error;
        return false;
      }
    });
    return answer!.value;
  }
}
