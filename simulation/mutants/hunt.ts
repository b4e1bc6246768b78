import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { bundled } from './bundle';
import type { Broken, Order, Told } from './child';
import type { PlantedSlip } from './mutant';

export interface HuntOptions {
  /** Where bundles are put: within the checkout, whose modules they load. */
  readonly dir: string;
  readonly seeds: readonly number[];
  /** Logical hours a seed, in place of each slip's own. */
  readonly hours?: number;
  /** Real seconds that one child may take. */
  readonly capSeconds: number;
  readonly say: (line: string) => void;
}

/** How one seed ended. `hours`: logical, until it was found or the run was over. */
export interface Try {
  readonly seed: number;
  readonly hours: number;
  readonly found?: Broken;
  /** All that did not hold, by check. */
  readonly checks: readonly string[];
  readonly end: 'found' | 'not found' | 'out of time' | 'failed';
  readonly detail?: string;
}

export interface Hunted {
  readonly slip: PlantedSlip;
  readonly tries: readonly Try[];
}

/** Hunts slips, each seed until it finds something. For as long the product as it is must hold under the same seed. */
export class Hunter {
  /** Runs of the product as it is, the longest by trial and seed. */
  readonly #controls = new Map<string, Try>();

  constructor(private readonly options: HuntOptions) {}

  /** @throws when the product as it is breaks a promise in the slip's trial: then nothing is shown, but much is found */
  async hunt(slip: PlantedSlip): Promise<Hunted> {
    const { seeds, dir, say, hours = slip.hours } = this.options;
    await mkdir(dir, { recursive: true });
    const file = await bundled(slip, dir);
    const tries: Try[] = [];
    for (const seed of seeds) {
      const order: Order = { seed, hours, trial: slip.trial };
      const tried = await this.#run(file, order);
      const { found, detail = '' } = tried;
      say(`${slip.name}, seed ${seed}: ${found ? `${tried.checks.join(', ')}: ${found.example}` : `${tried.end} ${detail}`} after ${tried.hours.toFixed(2)} h`); // prettier-ignore
      if (found) await this.#holds({ ...order, until: tried.hours });
      tries.push(tried);
    }
    return { slip, tries };
  }

  /** @throws when the product as it is breaks a promise by then */
  async #holds(order: Order & { readonly until: number }): Promise<void> {
    const { seed, hours, until, trial } = order;
    const key = again({ seed, hours, trial });
    if ((this.#controls.get(key)?.hours ?? 0) >= until) return;
    const control = await this.#run(await bundled(undefined, this.options.dir), order);
    this.#controls.set(key, control);
    const { end, found, detail } = control;
    this.options.say(`as it is, seed ${seed}: ${end} in ${control.hours.toFixed(2)} h`);
    if (end === 'not found') return;
    throw new Error(`the product as it is: ${end}: ${found?.check} ${found?.example ?? detail}; again: ${again(order)}`); // prettier-ignore
  }

  #run(file: string, order: Order): Promise<Try> {
    const { seed } = order;
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [file, again(order)], { stdio: ['ignore', 'pipe', 'pipe'] });
      let [hours, errors, isLate] = [0, '', false];
      let ended: Told & { kind: 'ended' } | undefined; // prettier-ignore
      const cap = setTimeout(() => {
        isLate = true;
        child.kill();
      }, this.options.capSeconds * 1_000);
      createInterface({ input: child.stdout }).on('line', (line) => {
        const told = JSON.parse(line) as Told;
        hours = told.hours;
        if (told.kind === 'ended') ended = told;
      });
      child.stderr.on('data', (text: Buffer) => (errors = `${errors}${text.toString()}`.slice(-2_000)));
      child.on('close', () => {
        clearTimeout(cap);
        const [found] = ended?.broken ?? [];
        const checks = (ended?.broken ?? []).map(({ check }) => check);
        const end = found ? 'found' : ended ? 'not found' : isLate ? 'out of time' : 'failed';
        resolve({ seed, hours, end, checks, ...(found && { found }), ...(end === 'failed' && { detail: errors }) });
      });
    });
  }
}

/** By what a run is told from others, and run again. */
const again = (order: Order): string => JSON.stringify(order);
