import { accessOfRole, roleAt } from '../reading/access';
import { Resource, type Graph } from '../reading/graph';
import { functionNamed } from '../reading/mappings';
import { cloudFormation } from './pages';
import { undecided, type Rule, type Verdict } from './rule';
import { brief, certainly, type Value } from '../reading/value';

/** What a template leaves to others, so that no rule sees it. It may be right or wrong: each is named, none is passed over. */

/** What makes stacks of templates that lie elsewhere, and where it names them. */
const MAKES_STACKS: Readonly<Record<string, readonly [what: string, ...properties: string[]]>> = {
  'AWS::CloudFormation::Stack': ['a nested stack', 'TemplateURL'],
  'AWS::CloudFormation::StackSet': ['a stack set', 'TemplateURL', 'TemplateBody'],
  'AWS::Serverless::Application': ['a nested stack', 'Location'],
  'AWS::ServiceCatalog::CloudFormationProvisionedProduct': ['a product', 'ProductName', 'ProductId'],
};
/** Whatever the rules judge is called one of these, or is made by what else is not seen. */
const CONCERNED = /kafka|msk|lossless|event-?source|transform|module|cloudformation/i;
/** Read as what they become: SAM's functions and the loops and functions of the language extensions. */
const READ_TRANSFORMS = ['AWS::Serverless-2016-10-31', 'AWS::LanguageExtensions'];

const WANT = 'everything written out, or judged beside it';

function judgeNested(graph: Graph): Verdict[] {
  const parents = graph.stacks.flatMap(({ stack }) => (stack.parent ? [stack.parent] : []));
  const isSeen = (resource: Resource) =>
    parents.some(({ stack, logicalId }) => stack === resource.stack && logicalId === resource.logicalId);
  const isHarmless = (resource: Resource) =>
    certainly(resource.at('TemplateBody').string(), (body) => !CONCERNED.test(body));
  return graph
    .ofType(...Object.keys(MAKES_STACKS))
    .filter((resource) => !isSeen(resource) && !isHarmless(resource))
    .map((resource) => {
      const [what, ...properties] = MAKES_STACKS[resource.type] ?? [''];
      const property = properties.find((name) => resource.at(name).raw !== undefined) ?? properties[0] ?? '';
      const where = resource.at(property).string();
      const named = where.kind === 'known' && property !== 'TemplateBody' ? ` (${brief(where.value)})` : '';
      return undecided({ resource, property }, `${what}${named} that is not in sight`, WANT);
    });
}

function judgeTransforms(graph: Graph): Verdict[] {
  return graph.stacks.flatMap((said) => {
    const { Transform, unwritten } = said.stack.template;
    const macros = Transform.map((macro) => (typeof macro === 'string' ? macro : brief(macro))).filter(
      (macro) => !READ_TRANSFORMS.includes(macro),
    );
    const whole = new Resource(said, 'Transform', 'Transform', { Type: 'Transform' });
    return [...macros.map((macro) => `the macro ${brief(macro)}`), ...unwritten].map((found) =>
      undecided({ resource: whole, property: '' }, found, WANT),
    );
  });
}

/** Of a name in the text of a resource; in a text that the resource holds, quotation marks are written otherwise. */
const INCLUDE = /(?<!\\)"Fn::Transform":/;

/** `Fn::Transform` in place of, or anywhere among, the properties of a resource. */
const judgeIncludes = (graph: Graph): Verdict[] =>
  graph.resources
    .filter((resource) => resource.isTransformed || INCLUDE.test(resource.text))
    .map((resource) => {
      const property = includeIn(JSON.parse(resource.text))?.join('.') ?? '';
      return undecided({ resource, property }, 'properties that a macro or an include puts in', WANT);
    });

/** Where the first of them stands. */
function includeIn(value: unknown): string[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (Object.hasOwn(value, 'Fn::Transform')) return [];
  for (const [name, item] of Object.entries(value)) {
    const found = includeIn(item);
    if (found) return [name, ...found];
  }
  return undefined;
}

const judgeModules = (graph: Graph): Verdict[] =>
  graph.resources
    .filter(({ type }) => type.endsWith('::MODULE'))
    .map((resource) => undecided({ resource, property: '' }, `the module ${resource.type}`, WANT));

const CUSTOM = /^(Custom::|AWS::CloudFormation::CustomResource$)/;
const OF_MAPPINGS = /event[-_]?source[-_]?mapping/i;
const MAKES_MAPPINGS = /create[-_]?event[-_]?source[-_]?mapping/i;
/** The custom resource of the CDK that makes one call of the SDK says which; its function makes those of others, too. */
const SAYS_ITS_CALL = /\\"action\\":/;

function judgeCustom(graph: Graph): Verdict[] {
  return graph.resources
    .filter(({ type }) => CUSTOM.test(type))
    .flatMap((resource): Verdict[] => {
      const found = OF_MAPPINGS.test(resource.type + resource.text)
        ? `${resource.type}, which speaks of event source mappings`
        : !SAYS_ITS_CALL.test(resource.text) && makersOf(graph, resource).some((maker) => mayMakeMappings(graph, maker))
          ? `${resource.type}, whose function may make event source mappings`
          : undefined;
      return found === undefined ? [] : [undecided({ resource, property: '' }, found, WANT)];
    });
}

/** The function of a custom resource, and those that a provider of the CDK calls in turn. */
function makersOf(graph: Graph, resource: Resource): Resource[] {
  const named = (value: Value): Resource[] => {
    const text = value.text();
    const found = text.kind === 'known' ? functionNamed(graph, text.value) : text;
    return found.kind === 'known' ? [found.value] : [];
  };
  const called = ['USER_ON_EVENT_FUNCTION_ARN', 'USER_IS_COMPLETE_FUNCTION_ARN'];
  return named(resource.at('ServiceToken')).flatMap((provider) => [
    provider,
    ...called.flatMap((name) => named(provider.at(`Environment.Variables.${name}`))),
  ]);
}

/** Its code says so, where that stands in the template, or its role has the right. */
function mayMakeMappings(graph: Graph, maker: Resource): boolean {
  if (certainly(maker.at('Code.ZipFile').text(), (code) => MAKES_MAPPINGS.test(code))) return true;
  const role = roleAt(graph, maker.at('Role'));
  if (!role) return false;
  const policies = graph.referring(role, 'Roles', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy');
  return (
    [role, ...policies].some(({ text }) => MAKES_MAPPINGS.test(text)) ||
    accessOfRole(graph, role).may('lambda:CreateEventSourceMapping', '*') === 'yes'
  );
}

const fix = (cloudFormation: string): Rule['fix'] => ({ cdk: cloudFormation, cloudFormation });

export const UNSEEN_RULES: readonly Rule[] = [
  {
    code: 'LK901',
    name: 'nested-stack-out-of-sight',
    severity: 'warning',
    why: 'whatever is in it was judged by no rule',
    fix: fix(
      'name its template in the same command, or give TemplateURL a path beside this template; check that of a stack set or a product by itself, and acknowledge this',
    ),
    source: cloudFormation('aws-resource-cloudformation-stack'),
    check: judgeNested,
  },
  {
    code: 'LK902',
    name: 'macro',
    severity: 'warning',
    why: 'what CloudFormation deploys is not what stands here, and was judged by no rule',
    fix: fix('check the processed template: aws cloudformation get-template --template-stage Processed'),
    source: cloudFormation('transform-section-structure'),
    check: judgeTransforms,
  },
  {
    code: 'LK903',
    name: 'include',
    severity: 'warning',
    why: 'the properties it puts in were judged by no rule',
    fix: fix('write the properties out, or check the processed template'),
    source: cloudFormation('intrinsic-function-reference-transform'),
    check: judgeIncludes,
  },
  {
    code: 'LK904',
    name: 'module',
    severity: 'warning',
    why: 'the resources it stands for were judged by no rule',
    fix: fix('check the processed template: aws cloudformation get-template --template-stage Processed'),
    source: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/modules.html',
    check: judgeModules,
  },
  {
    code: 'LK905',
    name: 'mapping-by-custom-resource',
    severity: 'warning',
    why: 'a mapping that code of its own makes was judged by no rule',
    fix: fix('make it an AWS::Lambda::EventSourceMapping, or check what it makes by hand and acknowledge this'),
    source: cloudFormation('aws-resource-cloudformation-customresource'),
    check: judgeCustom,
  },
];
