import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { App } from 'aws-cdk-lib';
import { LossRules } from '../lib/loss-rules';
import { parseTemplate } from '../rules';
import { seconds, type Bench } from './measure';

const root = resolve(__dirname, '..');
const runs = 5;
const RESOURCES = 500;
const CONDITIONS = 30;
const MAPPINGS = 480;
const BLANK_LINES = 200_000;

interface Template {
  readonly Resources: Record<string, unknown>;
  readonly Parameters?: Record<string, unknown>;
}

/** The hand-written pipeline again and again, each with logical ids of its own, until there are enough resources. */
function enlarged(template: Template): string {
  const ids = Object.keys(template.Resources);
  const Resources: Record<string, unknown> = {};
  for (let copy = 0; Object.keys(Resources).length < RESOURCES; copy++) {
    const renamed = JSON.stringify(template.Resources).replace(
      new RegExp(`(?<=["{$])(${ids.join('|')})(?=[".}])`, 'g'),
      (id) => `${id}${copy}`,
    );
    Object.assign(Resources, JSON.parse(renamed));
  }
  return JSON.stringify({ ...template, Resources });
}

/** The same pipeline with many mappings, each there under one of many conditions, which have nothing to do with each other. */
function conditional({ Resources, Parameters, ...others }: Template): string {
  const names = Array.from({ length: CONDITIONS }, (_, n) => `Asked${n}`);
  const conditions = names.map((name) => [`If${name}`, { 'Fn::Equals': [{ Ref: name }, 'yes'] }] as const);
  const parameters = names.map((name) => [name, { Type: 'String', AllowedValues: ['yes', 'no'] }] as const);
  const { Mapping, ...rest } = Resources;
  const mappings = Array.from(
    { length: MAPPINGS },
    (_, n) => [`Mapping${n}`, { ...(Mapping as object), Condition: `IfAsked${n % CONDITIONS}` }] as const,
  );
  return JSON.stringify({
    ...others,
    Parameters: { ...Parameters, ...Object.fromEntries(parameters) },
    Conditions: Object.fromEntries(conditions),
    Resources: { ...rest, ...Object.fromEntries(mappings) },
  });
}

export const check: Bench = {
  name: 'check',
  claim: `the command on ${RESOURCES} resources, and on ${CONDITIONS} conditions for ${MAPPINGS} mappings, its start included; and the plugin on the sample's template`,
  measure: async (say) => {
    const folder = await mkdtemp(join(tmpdir(), 'lossless-check-'));
    const shape = await readFile(join(root, 'test', 'rules', 'shapes', 'plain.yaml'), 'utf8');
    const template = parseTemplate(shape) as Template;
    const large = join(folder, 'large.template.json');
    await writeFile(large, enlarged(template));
    const worlds = join(folder, 'conditions.template.json');
    await writeFile(worlds, conditional(template));
    const blank = join(folder, 'blank');
    await mkdir(blank);
    await writeFile(join(blank, 'lines.json'), '\n'.repeat(BLANK_LINES) + JSON.stringify(template));
    await promisify(execFile)('npx', ['cdk', 'synth', '-q', '-o', join(folder, 'cdk.out')], { cwd: root });
    const sample = join(folder, 'cdk.out', 'Orders.template.json');
    const [resources, conditions, plugin, blanks]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (let n = 0; n < runs; n++) {
      resources.push(await secondsOf(large));
      conditions.push(await secondsOf(worlds));
      blanks.push(await secondsOf(blank));
      plugin.push(1000 * (await seconds(() => Promise.resolve(new LossRules().validate(contextOf(sample))))));
      const [first, second, third] = [resources, conditions, plugin].map((values) => values[n] ?? 0);
      say(`check ${n + 1}: ${first?.toFixed(2)} s and ${second?.toFixed(2)} s, plugin ${third?.toFixed(0)} ms`);
    }
    await rm(folder, { recursive: true });
    return [
      { what: `check, ${RESOURCES} resources`, unit: 's', values: resources },
      { what: `check, ${CONDITIONS} conditions for ${MAPPINGS} mappings`, unit: 's', values: conditions },
      { what: `check, a folder with ${BLANK_LINES} blank lines`, unit: 's', values: blanks },
      { what: 'plugin, sample', unit: 'ms', values: plugin },
    ];
  },
};

function secondsOf(template: string): Promise<number> {
  const cli = [join(root, 'dist', 'bin', 'cdk-lossless-kafka.js'), 'check', template, '--format', 'json'];
  return seconds(() => promisify(execFile)(process.execPath, cli, { maxBuffer: 2 ** 28 }).catch(refused));
}

/** Exit 1 is an answer: clusters, or mappings, share their consumer groups. */
function refused(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 1)) throw error;
}

const contextOf = (templatePath: string): Parameters<LossRules['validate']>[0] => ({
  templatePaths: [templatePath],
  stackTemplates: [],
  appConstruct: new App(),
});
