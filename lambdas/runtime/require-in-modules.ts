/**
 * To be imported before anything that is CommonJS. In an ES module there is no `require`, and what a bundler makes of a
 * CommonJS package (kafkajs, the token signer) looks for a global one at each `require('net')`: without it, a handler
 * bundled with `format: 'esm'` dies while it is loaded. Where there is one, by a banner or because the bundle is
 * CommonJS, nothing is changed.
 */
function giveRequire(): void {
  // In CommonJS there is a file name; `require` itself cannot be asked for, as bundlers put something in its place.
  if (typeof __filename !== 'undefined' || 'require' in globalThis) return;
  const from = `${process.env.LAMBDA_TASK_ROOT ?? process.cwd()}/index.js`;
  const value = process.getBuiltinModule('node:module').createRequire(from);
  // Not to be seen by who lists what is global, and free for who needs another.
  Object.defineProperty(globalThis, 'require', { value, configurable: true, writable: true });
}

giveRequire();
