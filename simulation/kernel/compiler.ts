import v8 from 'node:v8';

/**
 * Has V8 compile what runs plainly at once, and optimize only what is hot for long. By its defaults it optimizes again and again what
 * soon changes. What a run does never depends on it.
 */
export function compilePlainly(): void {
  v8.setFlagsFromString('--always-sparkplug');
  // Bytes of bytecode that run before more is thought of; the default is 132 KiB. Later V8s know no such flag, and say so.
  if (Number.parseInt(process.versions.v8) < 12) v8.setFlagsFromString('--interrupt-budget=1000000');
}
