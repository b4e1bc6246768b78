import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { checkFiles } from './checksums.mjs';
import { bytesOf, hashOf, makeFolder, stampOf } from './stamp.mjs';

/** Raise it when a step below changes what it makes from the same files. */
const VERSION = '1';

/**
 * What set-up installs, in order. `ready()`: nothing to do. `install(commands)`: does it, and resolves to the bytes it
 * takes; killed half-way it leaves nothing that `ready()` would take for whole.
 */
export function steps(root, { nodeOnly }) {
  const kafka = folderStep(root, {
    title: 'Apache Kafka',
    folder: 'kafka',
    sources: KAFKA,
    fill: async (folder, commands) => {
      await copyJars(root, 'kafka', folder, commands);
      await compile(root, 'kafka/MskTokenCheck.java', folder, commands);
    },
    ifItFails: MAVEN,
  });
  const dynamodb = folderStep(root, {
    title: 'DynamoDB Local',
    folder: 'dynamodb',
    sources: ['local/dynamodb/pom.xml', 'local/dynamodb/jars.sha256', 'local/dynamodb/LoopbackDynamoDb.java'],
    fill: async (folder, commands) => {
      await copyJars(root, 'dynamodb', folder, commands);
      await compile(root, 'dynamodb/LoopbackDynamoDb.java', folder, commands);
    },
    ifItFails: MAVEN,
  });
  const python = folderStep(root, {
    title: 'S3 and SQS stand-ins (Python)',
    folder: 'python',
    sources: ['local/requirements.txt'],
    fill: (folder, commands) => installPython(root, folder, commands),
    ifItFails: 'check the network, and the proxy or index in the settings of pip',
  });
  const archive = folderStep(root, {
    title: 'class-data archive for the brokers',
    folder: 'archive',
    // The archive holds the path and the times of the jars: a moved clone or other jars need another one.
    sources: KAFKA,
    salt: root,
    fill: (folder, commands) => archiveClasses(root, folder, commands),
    ifItFails: 'check that `java` is the one of the JDK and that 1 GB of memory is free',
  });
  return nodeOnly ? [npmStep(root)] : [npmStep(root), kafka, dynamodb, python, archive];
}

const KAFKA = ['local/kafka/pom.xml', 'local/kafka/jars.sha256', 'local/kafka/MskTokenCheck.java'];
const MAVEN = 'check the network, and the proxy or mirror in the settings of Maven';

function folderStep(root, { title, folder, sources, salt = '', fill, ifItFails }) {
  const target = join(root, '.lossless', folder);
  const hash = hashOf(VERSION, salt, ...sources.map((source) => readFileSync(join(root, source))));
  return {
    title,
    ifItFails,
    ready: () => stampOf(target) === hash,
    async install(commands) {
      await makeFolder(target, hash, (fresh) => fill(fresh, commands));
      return bytesOf(target);
    },
  };
}

function npmStep(root) {
  return {
    title: 'npm packages',
    ifItFails: 'check the network, and the proxy or registry in the settings of npm',
    ready: () => npmPackagesMatchTheLock(root),
    async install(commands) {
      await commands.run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
      return bytesOf(join(root, 'node_modules'));
    },
  };
}

/**
 * npm's own record of what it installed, which it removes first and writes last, against the lock file. So packages
 * that a user or a build server installed with npm are taken as they are.
 */
function npmPackagesMatchTheLock(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, integrity, optional, devOptional }]) => {
    const got = installed[path];
    if (path === '' || (!got && (optional || devOptional))) return true; // made for another platform
    return got?.version === version && got?.integrity === integrity;
  });
}

/** What Maven brings is taken only if it is, file by file, what was there when the versions were pinned. */
async function copyJars(root, part, folder, commands) {
  await commands.run('mvn', [
    ...['--quiet', '--batch-mode', '--no-transfer-progress', '--file', join(root, 'local', part, 'pom.xml')],
    ...['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${folder}`],
  ]);
  checkFiles(folder, join(root, 'local', part, 'jars.sha256'));
}

/** Compiles one class against the jars of the folder it goes to. */
const compile = (root, source, folder, commands) =>
  commands.run('javac', ['--release', '17', '-cp', join(folder, '*'), '-d', folder, join(root, 'local', source)]);

/** The folder is renamed afterwards, so nothing may be run through the start scripts in bin/, which hold its path. */
async function installPython(root, folder, commands) {
  await commands.run('python3', ['-m', 'venv', folder]);
  const requirements = join(root, 'local', 'requirements.txt');
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check'];
  const hashed = ['--require-hashes', '--requirement', requirements];
  await commands.run(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...quiet, ...hashed]);
}

/**
 * Formats a node and starts it once, so that the JVM writes down the classes it loaded. What the format wrote beside
 * the node's identity is kept: local/kafka-node.ts formats each node of each run with it.
 */
async function archiveClasses(root, folder, commands) {
  const properties = join(folder, 'node.properties');
  const data = join(folder, 'data');
  writeFileSync(properties, soleNode(await twoFreePorts(), data));
  const jars = join(root, '.lossless', 'kafka');
  const classPath = readdirSync(jars)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map((name) => join(jars, name))
    .join(':');
  const java = (...args) => ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', LOGGING(root), ...args];
  const id = Buffer.alloc(16, 7).toString('base64url'); // of a cluster that lives for seconds
  await commands.run('java', java('-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', id, '-c', properties));
  const dump = `-XX:ArchiveClassesAtExit=${join(folder, 'kafka.jsa')}`;
  const output = await commands.run(
    'java',
    java(dump, '-Xlog:cds=off', '-Xlog:cds+dynamic=off', '-cp', classPath, 'kafka.Kafka', properties),
    { endAfter: /Kafka Server started/ },
  );
  if (!/Kafka Server started/.test(output))
    throw new Error(`the broker ended before it was ready:\n${output.slice(-2000)}`);
  renameSync(join(data, 'bootstrap.checkpoint'), join(folder, 'bootstrap.checkpoint'));
  rmSync(data, { recursive: true });
  rmSync(properties);
}

const LOGGING = (root) => `-Dlog4j2.configurationFile=${join(root, 'local', 'kafka', 'log4j2.properties')}`;

const soleNode = ([controller, client], data) => `process.roles=controller,broker
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=CONTROLLER://127.0.0.1:${controller},CLIENT://127.0.0.1:${client}
listener.security.protocol.map=CONTROLLER:PLAINTEXT,CLIENT:PLAINTEXT
inter.broker.listener.name=CLIENT
log.dirs=${data}
`;

async function twoFreePorts() {
  const servers = [createServer(), createServer()];
  for (const server of servers) await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const ports = servers.map((server) => server.address().port);
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports;
}
