import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A clone with set-up's own files, and a folder of scripted package managers that is the whole PATH. */
const REPOSITORY = join(__dirname, '..', '..');
const TOOLS = ['npm', 'mvn', 'javac', 'java', 'python3'];
/** Each test starts a few dozen processes. */
jest.setTimeout(60_000);

let base: string;
let clone: string;
let tools: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'lossless-setup-'));
  clone = join(base, 'clone');
  tools = join(base, 'tools');
  for (const path of ['bin/setup.mjs', 'bin/setup', 'local/kafka', 'local/dynamodb', 'local/requirements.txt']) {
    cpSync(join(REPOSITORY, path), join(clone, path), { recursive: true });
  }
  for (const part of ['kafka', 'dynamodb']) {
    const sum = createHash('sha256').update('jar\n').digest('hex'); // as the scripted mvn writes it
    writeFileSync(join(clone, 'local', part, 'jars.sha256'), `${sum}  some.jar\n`);
  }
  const packages = { '': {}, 'node_modules/kafkajs': { version: '2.2.4', integrity: 'sha512-x' } };
  writeFileSync(join(clone, 'package.json'), JSON.stringify({ scripts: { build: 'anything' } }));
  writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));
  mkdirSync(tools);
  symlinkSync(process.execPath, join(tools, 'node'));
  for (const tool of TOOLS) {
    cpSync(join(__dirname, 'fixtures', 'tool.sh'), join(tools, tool));
    chmodSync(join(tools, tool), 0o755);
  }
});
afterEach(() => rmSync(base, { recursive: true }));

/** Starts set-up. `TOOL_FAILS`, `TOOL_HANGS` and `TOOL_VERSION` direct the scripted tools. */
function start(environment: Record<string, string> = {}, flags: string[] = []): ChildProcess {
  return spawn(process.execPath, [join(clone, 'bin', 'setup.mjs'), ...flags], {
    cwd: base,
    env: { PATH: tools, CALLS: join(base, 'calls'), CLONE: clone, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function end(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const read = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => (read.out += String(chunk)));
  child.stderr?.on('data', (chunk) => (read.err += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...read };
}

const setUp = (environment?: Record<string, string>, flags?: string[]) => end(start(environment, flags));

/** `tool first-argument` of every call that installs or builds something, in order. */
function calls(): string[] {
  const file = join(base, 'calls');
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  rmSync(file, { force: true });
  return lines;
}

const EVERYTHING = [
  'npm ci',
  'mvn kafka',
  'javac MskTokenCheck.java',
  'mvn dynamodb',
  'javac LoopbackDynamoDb.java',
  'python3 -m venv',
  'python3 -m pip',
  'java kafka.tools.StorageTool',
  'java kafka.Kafka',
  'npm run',
];

describe('a fresh clone', () => {
  test('gets every step once, one line each with size and seconds, and nothing on standard output', async () => {
    const { code, out, err } = await setUp();
    expect({ code, out }).toEqual({ code: 0, out: '' });
    const line = (title: string) => expect.stringMatching(new RegExp(`^${title} … \\d+ MB, \\d+\\.\\d s$`)) as string;
    expect(err.trim().split('\n')).toEqual([
      line('\\[1/5\\] npm packages'),
      line('\\[2/5\\] Apache Kafka'),
      line('\\[3/5\\] DynamoDB Local'),
      line('\\[4/5\\] S3 and SQS stand-ins \\(Python\\)'),
      line('\\[5/5\\] class-data archive for the brokers'),
    ]);
    expect(calls()).toEqual(EVERYTHING);
  });

  test('is set up only once: the second run calls nothing and says nothing', async () => {
    await setUp();
    calls();
    expect(await setUp()).toEqual({ code: 0, out: '', err: '' });
    expect(calls()).toEqual([]);
  });

  test('needs npm alone with --node-only', async () => {
    for (const tool of ['mvn', 'javac', 'java', 'python3']) rmSync(join(tools, tool));
    const { code, err } = await setUp({}, ['--node-only']);
    expect(code).toBe(0);
    expect(err).toMatch(/^\[1\/1\] npm packages/);
    expect(calls()).toEqual(['npm ci', 'npm run']);
  });
});

describe('prerequisites', () => {
  test('that are missing are all named at once, each with what to do', async () => {
    for (const tool of TOOLS) rmSync(join(tools, tool));
    const { code, err } = await setUp();
    expect(code).toBe(2);
    expect(err).toMatch(/npm 10 or newer: got no npm; \S/);
    expect(err).toMatch(/a JDK 17 or newer \(javac\): got no javac; \S/);
    expect(err).toMatch(/Maven 3\.8 or newer \(mvn\): got no mvn; \S/);
    expect(err).toMatch(/Python 3\.10 or newer with venv \(python3\): got no python3; \S/);
    expect(calls()).toEqual([]);
  });

  test.each([
    ['javac=javac 11.0.2', 'a JDK 17 or newer (javac): got javac 11.0'],
    ['javac=javac 1.8.0_392', 'a JDK 17 or newer (javac): got javac 1.8'],
    ['mvn=\u001b[1mApache Maven 3.6.3\u001b[m', 'Maven 3.8 or newer (mvn): got Apache Maven 3.6'],
    ['python3=Python 3.9', 'Python 3.10 or newer with venv (python3): got Python 3.9'],
    [
      "python3=ModuleNotFoundError: No module named 'ensurepip'",
      "got ModuleNotFoundError: No module named 'ensurepip'",
    ],
  ])('that are too old or not whole are named with what was found: %s', async (version, message) => {
    const { code, err } = await setUp({ TOOL_VERSION: version });
    expect(code).toBe(2);
    expect(err.trim().split('\n')).toEqual([
      'set-up needs what this machine does not have:',
      expect.stringContaining(message) as string,
    ]);
    expect(calls()).toEqual([]);
  });

  test('at their lowest version are enough', async () => {
    const { code } = await setUp({ TOOL_VERSION: 'javac=javac 17\nmvn=Apache Maven 3.8.0\npython3=Python 3.10' });
    expect(code).toBe(0);
  });

  test('an unknown flag is a usage error', async () => {
    expect(await setUp({}, ['--quick'])).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('got --quick') as string,
    });
  });
});

describe('a change', () => {
  const changeAndSetUp = async (file: string) => {
    await setUp();
    calls();
    writeFileSync(join(clone, file), `${readFileSync(join(clone, file), 'utf8')} `);
    const { code } = await setUp();
    expect(code).toBe(0);
    return calls();
  };

  test('of the brokers sets up them and their archive, and nothing else', async () => {
    expect(await changeAndSetUp('local/kafka/pom.xml')).toEqual([
      'mvn kafka',
      'javac MskTokenCheck.java',
      'java kafka.tools.StorageTool',
      'java kafka.Kafka',
    ]);
  });

  test('of how the brokers check tokens sets up the same', async () => {
    expect(await changeAndSetUp('local/kafka/MskTokenCheck.java')).toEqual([
      'mvn kafka',
      'javac MskTokenCheck.java',
      'java kafka.tools.StorageTool',
      'java kafka.Kafka',
    ]);
  });

  test('of the main class of DynamoDB Local sets up that, and nothing else', async () => {
    expect(await changeAndSetUp('local/dynamodb/LoopbackDynamoDb.java')).toEqual([
      'mvn dynamodb',
      'javac LoopbackDynamoDb.java',
    ]);
  });

  test('of the Python requirements sets up those, and nothing else', async () => {
    expect(await changeAndSetUp('local/requirements.txt')).toEqual(['python3 -m venv', 'python3 -m pip']);
  });

  test('of the lock file installs the npm packages again', async () => {
    await setUp();
    calls();
    const packages = { '': {}, 'node_modules/kafkajs': { version: '2.2.5', integrity: 'sha512-y' } };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages }));
    await setUp();
    expect(calls()).toEqual(['npm ci', 'npm run']);
  });

  test('of a source, and of what was built from it, builds again', async () => {
    mkdirSync(join(clone, 'cli'));
    writeFileSync(join(clone, 'cli', 'run.ts'), 'one');
    await setUp();
    calls();
    writeFileSync(join(clone, 'cli', 'run.ts'), 'two');
    await setUp();
    expect(calls()).toEqual(['npm run']);
    rmSync(join(clone, 'dist'), { recursive: true });
    await setUp();
    expect(calls()).toEqual(['npm run']);
  });

  test('npm packages a user has installed are taken, those for other platforms are not missed', async () => {
    const lock = JSON.parse(readFileSync(join(clone, 'package-lock.json'), 'utf8')) as { packages: object };
    const other = { 'node_modules/esbuild-darwin': { version: '1.0.0', integrity: 'sha512-z', optional: true } };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: { ...lock.packages, ...other } }));
    mkdirSync(join(clone, 'node_modules'));
    writeFileSync(join(clone, 'node_modules', '.package-lock.json'), JSON.stringify(lock));
    await setUp();
    expect(calls()).not.toContain('npm ci');
  });
});

describe('when a step fails', () => {
  test('the error names the step, what the tool said last and what to do; finished steps are kept', async () => {
    const { code, err } = await setUp({ TOOL_FAILS: 'mvn dynamodb' });
    expect(code).toBe(1);
    expect(err).toContain('[3/5] DynamoDB Local … failed\nset-up stopped at: DynamoDB Local\nmvn ended with code 1\n');
    expect(err).toContain('  scripted: cannot reach the network\n');
    expect(err).toMatch(
      /what to do: check the network, .* Maven; then run the same command again \(finished steps are kept\)\n$/,
    );
    expect(calls()).toEqual(['npm ci', 'mvn kafka', 'javac MskTokenCheck.java', 'mvn dynamodb']);
    expect((await setUp()).code).toBe(0);
    expect(calls()).toEqual(EVERYTHING.slice(3));
  });

  test.each([
    [
      'is another than the one that was pinned',
      `${'0'.repeat(64)}  some.jar`,
      /some\.jar: got [0-9a-f]{64}, want 0{64}/,
    ],
    ['was not pinned', `${'0'.repeat(64)}  other.jar`, /other\.jar: got no such file, want 0{64}/],
  ])('a jar that %s is not used', async (_, sum, message) => {
    writeFileSync(join(clone, 'local', 'dynamodb', 'jars.sha256'), `${sum}\n`);
    const { code, err } = await setUp();
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(existsSync(join(clone, '.lossless', 'dynamodb'))).toBe(false);
  });

  test.each(['npm ci', 'javac LoopbackDynamoDb.java', 'python3 -m pip', 'java kafka.Kafka', 'npm run'])(
    'set-up ends with 1 and does that step in the next run: %s',
    async (call) => {
      expect((await setUp({ TOOL_FAILS: call })).code).toBe(1);
      calls();
      expect((await setUp()).code).toBe(0);
      expect(calls()).toContain(call);
    },
  );
});

describe('set-up at the same time or cut short', () => {
  /** The process id of the hanging tool, once it hangs. */
  async function hanging(): Promise<number> {
    const file = join(base, 'calls.hanging');
    while (!existsSync(file)) await wait(20);
    return Number(readFileSync(file, 'utf8'));
  }

  test('killed half-way, it leaves nothing that the next run takes for whole', async () => {
    const first = start({ TOOL_HANGS: 'mvn kafka' });
    const tool = await hanging();
    first.kill('SIGKILL');
    process.kill(tool, 'SIGKILL');
    await once(first, 'exit');
    expect(existsSync(join(clone, '.lossless', 'kafka'))).toBe(false);
    calls();
    expect((await setUp()).code).toBe(0);
    expect(calls()).toEqual(EVERYTHING.slice(1));
  });

  test('a run waits for the package manager that a killed run has left behind', async () => {
    const first = start({ TOOL_HANGS: 'npm ci' });
    const tool = await hanging();
    first.kill('SIGKILL');
    await once(first, 'exit');
    calls();
    const second = start();
    const ended = end(second);
    const [said] = (await once(second.stderr as NodeJS.ReadableStream, 'data')) as [Buffer];
    expect(String(said)).toBe(`another set-up (process ${tool}) is at work; waiting for it\n`);
    expect(calls()).toEqual([]);
    process.kill(tool, 'SIGKILL');
    expect((await ended).code).toBe(0);
    expect(calls()).toEqual(EVERYTHING);
  });

  test('several runs at once, after one that was killed, do each step once', async () => {
    const first = start({ TOOL_HANGS: 'npm ci' });
    process.kill(await hanging(), 'SIGSTOP');
    first.kill('SIGKILL');
    await once(first, 'exit');
    const runs = Array.from({ length: 4 }, () => setUp());
    calls();
    process.kill(await hanging(), 'SIGKILL');
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect(calls()).toEqual(EVERYTHING);
  });

  test('interrupted, it ends the running tool and says nothing', async () => {
    const run = start({ TOOL_HANGS: 'mvn kafka' });
    const tool = await hanging();
    run.kill('SIGINT');
    const [code] = (await once(run, 'exit')) as [number];
    expect(code).toBe(130);
    while (alive(tool)) await wait(20);
    expect((await setUp()).code).toBe(0);
  });
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
