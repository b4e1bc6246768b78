import type { Deployed } from '../../local';
import type { Around, FaultBroker, FaultFunction, FaultTarget, PartitionReplicas } from '../../faults/fault';
import type { HttpMode, HttpProxy } from '../../faults/proxies/http';
import type { TcpMode, TcpProxy } from '../../faults/proxies/tcp';

/** What a target is in, to be held against what it was in before. */
export interface ModelState {
  readonly brokers: Record<number, 'running' | 'stopped' | 'dead'>;
  readonly network: Record<number, string>;
  readonly functions: Record<string, { stopped: boolean; freezes: boolean; around: boolean; deployed: boolean }>;
  readonly stores: Record<string, string>;
  readonly replicas: Record<number, number[]>;
  readonly topic: Record<string, string>;
}

/** A pipeline of nothing but state: it shows what a fault does to it and what is left of that. Time passes at once. */
export class ModelTarget implements FaultTarget {
  readonly state: ModelState = {
    brokers: { 1: 'running', 2: 'running', 3: 'running' },
    network: { 1: 'pass', 2: 'pass', 3: 'pass' },
    functions: {},
    stores: { dynamodb: 'pass', s3: 'pass' },
    replicas: { 0: [1, 2, 3], 1: [2, 3, 1] },
    topic: {},
  };
  readonly arounds = new Map<string, Around>();
  /** In their order, over all functions. */
  readonly deploys: (Deployed | undefined)[] = [];
  elections = 0;
  readonly brokers = [1, 2, 3].map((id) => this.broker(id));
  readonly producers = [this.fn('Ingest')];
  readonly consumers = [this.fn('Billing')];
  readonly dynamodb = this.store('dynamodb');
  readonly s3 = this.store('s3');
  readonly replicas: FaultTarget['replicas'] = {
    topic: 'orders',
    describe: () => Promise.resolve(this.partitions()),
    reassign: (replicas) => {
      for (const [partition, ids] of replicas) this.state.replicas[partition] = [...ids];
      return Promise.resolve();
    },
    electPreferred: () => {
      this.elections += 1;
      return Promise.resolve();
    },
  };
  /** Events beside the load, by kind. */
  readonly sent: Record<string, number> = {};
  readonly callers: FaultTarget['callers'] = {
    send: (kind, count) => this.send(kind, count),
    sendTwins: (count) => this.send('twin', count),
  };
  readonly topicConfig: FaultTarget['topicConfig'] = (name, value) => {
    if (value === null) delete this.state.topic[name];
    else this.state.topic[name] = value;
    return Promise.resolve();
  };
  readonly badCode = 'bad-deploy';
  /** Lines of functions, by message. */
  readonly lines: Record<string, number> = {};
  readonly said: FaultTarget['said'] = (message) => Promise.resolve(this.lines[message] ?? 0);
  readonly sleep = () => new Promise<void>(setImmediate);

  private send(kind: string, count: number): Promise<number> {
    this.sent[kind] = (this.sent[kind] ?? 0) + count;
    return Promise.resolve(count);
  }

  private partitions(): PartitionReplicas[] {
    return Object.entries(this.state.replicas).map(([partition, replicas]) => {
      const isr = replicas.filter((id) => this.state.brokers[id] === 'running');
      return { partition: Number(partition), leader: isr[0] ?? -1, replicas, isr };
    });
  }

  private broker(id: number): FaultBroker {
    const { brokers, network } = this.state;
    const proxy: TcpProxy = {
      port: 0,
      aim: () => {},
      set: (mode: TcpMode) => {
        network[id] = mode.kind;
        return 1;
      },
      stop: () => Promise.resolve(),
    };
    return {
      id,
      network: proxy,
      get alive() {
        return brokers[id] !== 'dead';
      },
      kill: (signal) => {
        if (brokers[id] === 'dead') return Promise.reject(new Error(`broker ${id} is dead already`));
        brokers[id] = signal === 'SIGSTOP' ? 'stopped' : signal === 'SIGCONT' ? 'running' : 'dead';
        return Promise.resolve();
      },
      start: () => {
        if (brokers[id] !== 'dead') return Promise.reject(new Error(`broker ${id} runs already`));
        brokers[id] = 'running';
        return Promise.resolve();
      },
    };
  }

  private fn(path: string): FaultFunction {
    const state = { stopped: false, freezes: false, around: false, deployed: false };
    this.state.functions[path] = state;
    return {
      path,
      timeoutMs: 30_000,
      kill: () => Promise.resolve(1),
      signal: (signal) => {
        state.stopped = signal === 'SIGSTOP';
        return Promise.resolve(1);
      },
      // A new deploy of its own code is as good as the one before.
      deploy: (deployed) => {
        this.deploys.push(deployed);
        state.deployed = deployed?.code !== undefined;
      },
      freezeBetween: (on) => void (state.freezes = on),
      around: (around) => {
        state.around = around !== undefined;
        if (around) this.arounds.set(path, around);
        else this.arounds.delete(path);
      },
    };
  }

  private store(name: string): HttpProxy {
    return {
      endpoint: '',
      aim: () => {},
      set: (mode: HttpMode) => {
        this.state.stores[name] = mode.kind;
        return 1;
      },
      stop: () => Promise.resolve(),
    };
  }
}
