'use strict';
/**
 * Loaded before a function's own code, in its workers and forks too (`--require`; `--import` is not loaded by workers): connections of a local run end on this machine. The endpoints in its environment
 * see to that for SDK clients that let the environment decide; this, for those that are told an endpoint of AWS in code
 * or in a queue's URL, for instance metadata, and for anything else that has a name in the world.
 */
const net = require('node:net');

const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...given) {
  const { host, port, path } = asked(given);
  if (path || isLoopback(host)) return connect.apply(this, given);
  const error = new Error(
    `connection to ${host}:${port}: got an address beyond this machine, want loopback; ` +
      'a local run reaches nothing else: run a local stand-in, or take this function to an account',
  );
  process.nextTick(() => this.destroy(Object.assign(error, { code: 'ERR_NOT_LOOPBACK' })));
  return this;
};

/** `connect(options)`, `connect(port, host)`, `connect(path)`, or these as Node itself hands them on: in a list. */
function asked([first, second]) {
  if (Array.isArray(first)) return asked(first);
  if (typeof first === 'object') return first;
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first };
  return { port: first, host: typeof second === 'string' ? second : undefined };
}

function isLoopback(host = 'localhost') {
  const name = host.toLowerCase();
  if (net.isIPv4(name)) return name.startsWith('127.');
  return name === '::1' || name === 'localhost' || name.endsWith('.localhost');
}
