import { spawn } from 'node:child_process';

/** What must be on the machine, how to ask for its version, and how to get it. */
const NODE = {
  what: 'Node.js 20.18 or newer',
  probe: ['node', '--version'],
  version: /v(\d+)\.(\d+)/,
  least: [20, 18],
  linux: 'install the current LTS from nodejs.org or with nvm',
  darwin: 'brew install node',
};
const NPM = {
  what: 'npm 10 or newer',
  probe: ['npm', '--version'],
  version: /^(\d+)\.(\d+)/m,
  least: [10, 0],
  linux: 'it comes with Node.js',
  darwin: 'it comes with Node.js',
};
const REST = [
  {
    what: 'a JDK 17 or newer (javac)',
    probe: ['javac', '-version'],
    version: /javac (\d+)(?:\.(\d+))?/,
    least: [17, 0],
    linux: 'sudo apt install openjdk-17-jdk, or sudo dnf install java-latest-openjdk-devel',
    darwin: 'brew install openjdk, and put it on the PATH as brew says',
  },
  {
    what: 'Maven 3.8 or newer (mvn)',
    probe: ['mvn', '--version'],
    version: /Apache Maven (\d+)\.(\d+)/,
    least: [3, 8],
    linux: 'sudo apt install maven, or sudo dnf install maven',
    darwin: 'brew install maven',
  },
  {
    what: 'Python 3.10 or newer with venv (python3)',
    probe: ['python3', '-c', 'import sys, venv, ensurepip; print("Python %d.%d" % sys.version_info[:2])'],
    version: /Python (\d+)\.(\d+)/,
    least: [3, 10],
    linux: 'sudo apt install python3 python3-venv, or sudo dnf install python3',
    darwin: 'brew install python',
  },
];

const PROBE_WITHIN_MS = 30_000;

/** One line for each prerequisite that is missing or too old, with what to do; none when all is there. */
export async function missingPrerequisites({ nodeOnly }) {
  const needed = nodeOnly ? [NODE, NPM] : [NODE, NPM, ...REST];
  const lines = await Promise.all(needed.map(missing));
  return lines.filter((line) => line !== undefined);
}

async function missing({ what, probe, version, least, linux, darwin }) {
  const answer = await ask(probe);
  const found = version.exec(answer.output);
  if (found && enough([Number(found[1]), Number(found[2] ?? 0)], least)) return undefined;
  const got = found
    ? found[0]
    : answer.found
      ? (answer.output.trim().split('\n').pop() ?? 'no version')
      : `no ${probe[0]}`;
  return `${what}: got ${got}; ${process.platform === 'darwin' ? darwin : linux}`;
}

const enough = ([major, minor], [leastMajor, leastMinor]) =>
  major > leastMajor || (major === leastMajor && minor >= leastMinor);

function ask([command, ...args]) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const patience = setTimeout(() => child.kill('SIGKILL'), PROBE_WITHIN_MS);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    const answered = (found) => {
      clearTimeout(patience);
      resolve({ found, output: withoutColours(output) });
    };
    child.once('error', () => answered(false));
    child.once('close', () => answered(true));
  });
}

// eslint-disable-next-line no-control-regex -- colours are control characters
const withoutColours = (text) => text.replace(/\u001b\[[0-9;]*m/g, '');
