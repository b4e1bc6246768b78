/** Ends of a connection to a broker, beside the other brokers. */
export type Peer = 'clients' | 'controller' | number;

/** One broker's process and its connections. What it holds on disk outlives it. */
export class Broker {
  state: 'up' | 'paused' | 'down' = 'up';
  /** Lives so far: what a former life had in memory is gone. */
  life = 0;
  readonly #cut = new Set<Peer>();
  #waiting: (() => void)[] = [];
  /** Hear of every change of what works. */
  readonly changed = new Set<() => void>();

  constructor(readonly id: number) {}

  get isSound(): boolean {
    return this.state === 'up' && this.#cut.size === 0;
  }

  /** Does something in the broker: now, when it goes on, or never. */
  do(act: () => void): void {
    switch (this.state) {
      case 'up':
        return act();
      case 'paused':
        return void this.#waiting.push(act);
      case 'down':
        return;
    }
  }

  reaches(peer: Peer): boolean {
    return this.state === 'up' && !this.#cut.has(peer);
  }

  /** Bytes get through to it, whether or not it reads them. */
  isConnected(peer: Peer): boolean {
    return this.state !== 'down' && !this.#cut.has(peer);
  }

  crash(): void {
    this.state = 'down';
    this.life++;
    this.#waiting = [];
    this.#tell();
  }

  restart(): void {
    if (this.state !== 'down') return;
    this.state = 'up';
    this.#tell();
  }

  pause(): void {
    if (this.state !== 'up') return;
    this.state = 'paused';
    this.#tell();
  }

  resume(): void {
    if (this.state !== 'paused') return;
    this.state = 'up';
    for (const act of this.#waiting.splice(0)) this.do(act);
    this.#tell();
  }

  cutFrom(peers: readonly Peer[]): void {
    for (const peer of peers) this.#cut.add(peer);
    this.#tell();
  }

  join(): void {
    this.#cut.clear();
    this.#tell();
  }

  #tell(): void {
    for (const hear of this.changed) hear();
  }
}
