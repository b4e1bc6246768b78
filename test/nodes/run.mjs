/**
 * `npm run nodes`: what a version of Node could change (numbers, texts, timers, the Kafka client) and the whole bundled
 * handlers, on each Node that Lambda runs. Those that are not this one are fetched by npm on first use, about 52 MB each.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { delimiter, dirname, resolve } from 'node:path';

const VERSIONS = ['20.20.2', '22.23.3', '24.21.0'];
const TESTS = [
  ...['json/', 'decode', 'door', 'event', 'cloudevents', 'kafka/(client|request|confluent)'],
  ...['producer/producer.test', 'consumer/consumer.test'],
].map((name) => `test/lambdas/runtime/${name}`);
const root = resolve(import.meta.dirname, '..', '..');

/** The program of that Node: the one that runs this, or what npm keeps in its cache. */
function nodeOf(version) {
  if (version.split('.')[0] === process.versions.node.split('.')[0]) return process.execPath;
  const asked = ['exec', '--yes', '--package', `node@${version}`, '--', 'node', '-p', 'process.execPath'];
  return execFileSync('npm', asked, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
}

/** One simulation for each Node: the same seed must be the same run. */
const bundle = resolve(root, '.lossless', 'simulate.cjs');
const traces = new Set();
if (process.argv.length === 2) {
  const options = ['--bundle', '--packages=external', '--platform=node', '--target=node20', '--log-level=warning'];
  execFileSync('npx', ['esbuild', 'simulation/main.ts', ...options, `--outfile=${bundle}`], { cwd: root });
}

for (const version of VERSIONS) {
  const node = nodeOf(version);
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  console.log(`Node ${execFileSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).trim()}`);
  const given = process.argv.length > 2 ? process.argv.slice(2) : [...TESTS, 'test/nodes/'];
  const { status } = spawnSync(node, ['test/run.mjs', ...given], {
    ...{ cwd: root, stdio: 'inherit' },
    env: { ...process.env, PATH },
  });
  if (status !== 0) process.exitCode = 1;
  if (process.argv.length > 2) continue;
  const args = [bundle, '--hours', '0.1', '--rate', '10', '--seed', '7', '--json'];
  const { trace } = JSON.parse(execFileSync(node, args, { cwd: root, encoding: 'utf8' }));
  console.log(`trace of seed 7: ${trace}`);
  traces.add(trace);
}
if (traces.size > 1) {
  console.error('simulation: got another trace on another Node, want the same run for the same seed');
  process.exitCode = 1;
}
