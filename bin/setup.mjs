// First-run set-up of a clone: what `npm start` and `npm test` need, then the build. Nothing but Node may be there yet,
// so nothing but Node is imported. A second run finds everything in place and only looks.
//
//   node bin/setup.mjs               everything
//   node bin/setup.mjs --node-only   what needs neither Java nor Python: enough for `npm run test:unit`
//
// Exit code 0: all is there. 1: a step failed; finished ones are kept. 2: wrong usage, or prerequisites are missing.
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStep } from './setup/build.mjs';
import { Commands } from './setup/command.mjs';
import { takeLock } from './setup/lock.mjs';
import { missingPrerequisites } from './setup/prerequisites.mjs';
import { steps } from './setup/steps.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Standard output belongs to what is run after set-up (`npm start --silent -- --json`). */
const say = (text) => process.stderr.write(text);

process.exitCode = await main(process.argv.slice(2)).catch((error) => {
  say(`set-up: ${error.message}\n`);
  return 1;
});

async function main(flags) {
  if (flags.some((flag) => flag !== '--node-only')) {
    say(`set-up: got ${flags.join(' ')}, want nothing or --node-only\n`);
    return 2;
  }
  const nodeOnly = flags.includes('--node-only');
  const installs = steps(root, { nodeOnly });
  const build = buildStep(root);
  if (installs.every((step) => step.ready()) && build.ready()) return 0;
  const missing = await missingPrerequisites({ nodeOnly });
  if (missing.length > 0) {
    say(`set-up needs what this machine does not have:\n${missing.map((line) => `  ${line}\n`).join('')}`);
    return 2;
  }
  return setUp(installs, build);
}

async function setUp(installs, build) {
  mkdirSync(join(root, '.lossless'), { recursive: true });
  const lock = await takeLock(join(root, '.lossless', 'setup.lock'), (pid) =>
    say(`another set-up (process ${pid}) is at work; waiting for it\n`),
  );
  const commands = new Commands({ cwd: root, started: lock.running });
  endWith(commands);
  try {
    for (const [index, step] of installs.entries()) {
      if (!step.ready()) await visibly(`[${index + 1}/${installs.length}] ${step.title}`, step, commands);
    }
    if (!build.ready()) await build.install(commands).catch((error) => stop(build, error));
    return 0;
  } catch (error) {
    say(`${error.message}\n`);
    return 1;
  } finally {
    lock.release();
  }
}

/** One line a step, whole when the step is: `[2/5] Apache Kafka … 54 MB, 8.2 s`. */
async function visibly(title, step, commands) {
  const started = Date.now();
  say(`${title} … `);
  const bytes = await step.install(commands).catch((error) => {
    say('failed\n');
    return stop(step, error);
  });
  say(`${Math.round(bytes / 1e6)} MB, ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function stop(step, error) {
  throw new Error(
    `set-up stopped at: ${step.title}\n${error.message}\nwhat to do: ${step.ifItFails}; then run the same command again ` +
      '(finished steps are kept)',
    { cause: error },
  );
}

/** Ends the running command with set-up. The lock stays and names both: the next set-up waits until they are gone. */
function endWith(commands) {
  for (const [signal, code] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
    process.once(signal, () => {
      commands.end('SIGTERM');
      process.exit(code);
    });
  }
}
