import { setFlagsFromString } from 'node:v8';

/** How much code V8 runs of a function before it thinks of optimising it: fifteen times what it does by itself. */
const BUDGET = 1_000_000;

/**
 * A short command is over before most of its optimised code has paid for its compilation, which on Node.js 20 took two
 * fifths of the CPU time of a check. Later versions optimise more cheaply, and complain that they do not know the flag.
 */
export function optimiseLater(): void {
  if (process.versions.node.startsWith('20.')) setFlagsFromString(`--interrupt-budget=${BUDGET}`);
}
