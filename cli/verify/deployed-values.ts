import { intrinsicIn, attributeIn, substituted, type Intrinsic } from '../../cloudformation/intrinsics';

/** A stack as CloudFormation has deployed it. */
export interface Place {
  readonly name: string;
  /** ARN of the stack. */
  readonly id: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** By logical id. */
  readonly physicalIds: ReadonlyMap<string, string>;
}

interface Written {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
}

/** Stands in a text for what a template leaves to a service: it may be anything. */
const OPEN = '\uE000';

/** Gives values of a deployed template the meaning that the deploy gave them, as far as it is known. */
export class DeployedValues {
  private readonly pseudo: Readonly<Record<string, string>>;

  constructor(
    private readonly template: Written,
    private readonly place: Place,
  ) {
    const [, partition = 'aws', , region = '', account = ''] = place.id.split(':');
    this.pseudo = {
      'AWS::AccountId': account,
      'AWS::Region': region,
      'AWS::Partition': partition,
      'AWS::URLSuffix': partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com',
      'AWS::StackName': place.name,
      'AWS::StackId': place.id,
    };
  }

  /** Whether what a service says is what the template says. Numbers, yes and no may be texts on either side. */
  agrees(written: unknown, said: unknown): boolean {
    return fits(this.meaningOf(written), said, 'alone');
  }

  /** Whether all that the template says is so; a service may say more. */
  holds(written: unknown, said: unknown): boolean {
    return fits(this.meaningOf(written), said, 'among others');
  }

  /** The value without intrinsic functions; what only a service knows stays open. `AWS::NoValue` is undefined. */
  meaningOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(this.meaningOf).filter((item) => item !== undefined);
    if (!isMap(value)) return value;
    const intrinsic = intrinsicIn(value);
    if (intrinsic) return this.evaluated(intrinsic);
    const entries = Object.entries(value).map(([key, item]) => [key, this.meaningOf(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  };

  /** What a service says, with what it calls resources of this stack by written as the template would. */
  writtenBack = (said: unknown): unknown => {
    if (Array.isArray(said)) return said.map(this.writtenBack);
    if (isMap(said))
      return Object.fromEntries(Object.entries(said).map(([key, item]) => [key, this.writtenBack(item)]));
    return typeof said === 'string' ? this.textWrittenBack(said) : said;
  };

  private evaluated(intrinsic: Intrinsic): unknown {
    switch (intrinsic.kind) {
      case 'Ref':
        return this.reference(intrinsic.name);
      case 'Fn::GetAtt':
        return this.attribute(intrinsic.logicalId, intrinsic.attribute);
      case 'Fn::Sub':
        return substituted(intrinsic.text, (name) => this.substitute(name, intrinsic.variables));
      case 'Fn::Join': {
        const items = this.meaningOf(intrinsic.items);
        return Array.isArray(items) ? items.map(asText).join(intrinsic.separator) : OPEN;
      }
      case 'Fn::Select': {
        const items = this.meaningOf(intrinsic.items);
        return Array.isArray(items) ? ((items as unknown[])[Number(this.meaningOf(intrinsic.index))] ?? OPEN) : OPEN;
      }
      case 'Fn::Split': {
        const text = asText(this.meaningOf(intrinsic.text));
        return text.includes(OPEN) ? OPEN : text.split(intrinsic.separator);
      }
      case 'Fn::FindInMap': {
        const [map = '', first = '', second = ''] = intrinsic.keys.map((key) => asText(this.meaningOf(key)));
        return this.meaningOf(this.template.Mappings?.[map]?.[first]?.[second] ?? OPEN);
      }
      case 'Fn::If': {
        const holds = this.isMet({ Condition: intrinsic.condition });
        return holds === undefined ? OPEN : this.meaningOf(holds ? intrinsic.yes : intrinsic.no);
      }
      case 'Fn::Base64': {
        const text = asText(this.meaningOf(intrinsic.text));
        return text.includes(OPEN) ? OPEN : Buffer.from(text).toString('base64');
      }
      case 'Fn::GetAZs':
      case 'Fn::ToJsonString':
      case 'Fn::ImportValue':
      case 'other':
        return OPEN;
    }
  }

  private substitute(name: string, variables: Readonly<Record<string, unknown>>): string {
    if (Object.hasOwn(variables, name)) return asText(this.meaningOf(variables[name]));
    if (!name.includes('.')) return asText(this.reference(name));
    const { logicalId, attribute } = attributeIn(name);
    return this.attribute(logicalId, attribute);
  }

  private reference(name: string): unknown {
    if (name === 'AWS::NoValue') return undefined;
    return this.pseudo[name] ?? this.place.parameters[name] ?? this.place.physicalIds.get(name) ?? OPEN;
  }

  private attribute(logicalId: string, attribute: string): string {
    const physical = this.place.physicalIds.get(logicalId);
    if (physical === undefined) return OPEN;
    if (['GroupId', 'SubnetId', 'VpcId', 'KeyId'].includes(attribute)) return physical;
    if (!/^(\w+)?Arn$/.test(attribute) || attribute === 'StreamArn') return OPEN;
    if (physical.startsWith('arn:')) return physical;
    const { 'AWS::Partition': partition, 'AWS::Region': region, 'AWS::AccountId': account } = this.pseudo;
    const tail = ARNS[this.template.Resources[logicalId]?.Type ?? '']?.(physical);
    if (tail === undefined) return OPEN;
    const [service = '', rest = ''] = tail;
    if (service === 's3') return `arn:${partition}:s3:::${rest}`;
    return `arn:${partition}:${service}:${service === 'iam' ? '' : region}:${account}:${rest}`;
  }

  private isMet(condition: unknown): boolean | undefined {
    if (!isMap(condition)) return undefined;
    const [name = ''] = Object.keys(condition);
    const argument = condition[name];
    const list = Array.isArray(argument) ? (argument as unknown[]) : [];
    const [one, other] = list;
    switch (name) {
      case 'Condition':
        return this.isMet(this.template.Conditions?.[String(argument)]);
      case 'Fn::Equals': {
        const [left, right] = [asText(this.meaningOf(one)), asText(this.meaningOf(other))];
        return left.includes(OPEN) || right.includes(OPEN) ? undefined : left === right;
      }
      case 'Fn::Not': {
        const holds = this.isMet(one);
        return holds === undefined ? undefined : !holds;
      }
      case 'Fn::And':
      case 'Fn::Or': {
        const all = list.map((each) => this.isMet(each));
        const deciding = name === 'Fn::Or';
        if (all.includes(deciding)) return deciding;
        return all.includes(undefined) ? undefined : !deciding;
      }
      default:
        return undefined;
    }
  }

  /** Only what is long enough to be nobody else's: the longest name first. */
  private textWrittenBack(said: string): unknown {
    const names = this.ownNames.filter(([text]) => said.includes(text));
    const [first] = names;
    if (!first) return said;
    const [text, meaning] = first;
    const parts = said.split(text).flatMap((part, n) => [...(n > 0 ? [meaning] : []), this.textWrittenBack(part)]);
    const kept = parts.filter((part) => part !== '');
    return kept.length === 1 ? kept[0] : { 'Fn::Join': ['', kept] };
  }

  private get ownNames(): readonly (readonly [string, object])[] {
    return (this.names ??= [...this.place.physicalIds]
      .filter(([id, physical]) => physical.length >= 8 && this.template.Resources[id] !== undefined)
      .flatMap(([id, physical]): [string, object][] => {
        const arn = this.attribute(id, 'Arn');
        const own: [string, object] = [physical, { Ref: id }];
        return arn === OPEN || arn === physical ? [own] : [own, [arn, { 'Fn::GetAtt': [id, 'Arn'] }]];
      })
      .sort(([one], [other]) => other.length - one.length));
  }
  private names: readonly (readonly [string, object])[] | undefined;
}

/** The service and the last part of an ARN, by the type of a resource whose physical id is its name. */
const ARNS: Readonly<Record<string, ((name: string) => [string, string]) | undefined>> = {
  'AWS::CloudWatch::Alarm': (name) => ['cloudwatch', `alarm:${name}`],
  'AWS::DynamoDB::Table': (name) => ['dynamodb', `table/${name}`],
  'AWS::Events::Rule': (name) => ['events', `rule/${name}`],
  // A path may stand before it.
  'AWS::IAM::Role': (name) => ['iam', `role/${OPEN}${name}`],
  'AWS::KMS::Key': (id) => ['kms', `key/${id}`],
  'AWS::Lambda::Function': (name) => ['lambda', `function:${name}`],
  'AWS::S3::Bucket': (name) => ['s3', name],
  // Its physical id is its URL.
  'AWS::SQS::Queue': (url) => ['sqs', url.slice(url.lastIndexOf('/') + 1)],
};

export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const asText = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : OPEN;

/** Lists of texts are the same in another order: services keep none. */
function fits(meant: unknown, said: unknown, names: 'alone' | 'among others'): boolean {
  if (meant === OPEN) return said !== undefined;
  if (Array.isArray(meant) || Array.isArray(said)) {
    // One alone may stand without its list, as in policies.
    const [wanted, got] = [[meant].flat<unknown>(), [said].flat<unknown>()];
    return wanted.length === got.length && wanted.every((item) => got.some((each) => fits(item, each, names)));
  }
  if (isMap(meant)) {
    if (!isMap(said)) return false;
    const more = names === 'alone' ? Object.keys(said).filter((name) => said[name] !== undefined) : [];
    return [...new Set([...Object.keys(meant), ...more])].every((name) => fits(meant[name], said[name], names));
  }
  if (meant === undefined || said === undefined || meant === null || said === null) return meant === said;
  const [wanted, got] = [asText(meant), asText(said)];
  if (!wanted.includes(OPEN)) return wanted === got;
  return new RegExp(`^${wanted.split(OPEN).map(literally).join('[^]*')}$`).test(got);
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
