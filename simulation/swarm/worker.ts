import { compilePlainly } from '../kernel/compiler';
import { simulate } from '../run';
import { optionsOf, type Case } from './case';
import type { Answer } from './workers';

compilePlainly();

/** A process of a swarm: runs the cases it is sent, one after the other. */
process.on('message', (one: Case) => {
  const answer = (told: Answer) => process.send?.(told);
  Promise.resolve()
    .then(() => simulate(optionsOf(one)))
    .then(
      (result) => answer({ result }),
      (error: unknown) => answer({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
});
process.on('disconnect', () => process.exit());
