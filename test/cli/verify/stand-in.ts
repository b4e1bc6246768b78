import { Template as Synthesized } from 'aws-cdk-lib/assertions';
import { OrdersStack } from '../../../examples/orders/stack';
import type { Account, Answer, Question, Questions } from '../../../cli/verify/account';
import { ACCOUNT, REGION, stableUuid } from '../../../local/template/identity';
import { createResolver, type Resolver } from '../../../local/template/resolver';
import type { Template } from '../../../local/template/resource';
import { newApp } from '../../lib/support';
import { ANSWERS } from './answers';
import { fitsModel } from './model';
import { Thing } from './thing';

/** The sample, as it is synthesized. */
export const sample = Synthesized.fromStack(
  new OrdersStack(newApp({ 'aws:cdk:enable-path-metadata': true }), 'Orders'),
).toJSON() as Template;

/**
 * An account in which the sample is deployed. It answers in the shapes that the SDK's models of the services have, each
 * answer is held against them; what a service adds by itself, as AWS documents it, is in the answers.
 */
export class StandIn implements Account {
  readonly asked: Question[] = [];
  status = 'UPDATE_COMPLETE';
  /** Questions that are answered otherwise. */
  readonly instead = new Map<Question, Answer<never>>();
  readonly things: readonly Thing[];

  constructor(readonly deployed: Template = sample) {
    this.things = thingsOf(deployed);
  }

  /** The resource of a type whose logical id begins so. */
  thing(type: string, start = ''): Thing {
    const found = this.things.filter((each) => each.type === type && each.logicalId.startsWith(start));
    if (found.length !== 1)
      throw new Error(
        `got ${found.length} of ${type} ${start}, want one: ${found.map(({ logicalId }) => logicalId).join(', ')}`,
      );
    return found[0]!;
  }

  async ask<Q extends Question>(question: Q, input: Questions[Q][0]): Promise<Answer<Questions[Q][1]>> {
    this.asked.push(question);
    const instead = this.instead.get(question);
    if (instead) return instead;
    const value = ANSWERS[question](this, input);
    if (value === undefined) return { kind: 'none' };
    await fitsModel(question, value);
    return { kind: 'said', value };
  }

  /** The first of a type that has these properties. */
  having(type: string, properties: Readonly<Record<string, unknown>>): Thing | undefined {
    const fits = (each: Thing) => Object.entries(properties).every(([name, value]) => each.at(name) === value);
    return this.things.find((each) => each.type === type && !each.isGone && fits(each));
  }

  byId(physicalId: string | undefined, type: string): Thing | undefined {
    return this.things.find((each) => each.physicalId === physicalId && each.type === type && !each.isGone);
  }
}

function thingsOf(deployed: Template): Thing[] {
  const resolver = createResolver(asGiven(deployed), 'Orders', { bootstrap: 'b-1.example:9098' });
  return Object.entries(asGiven(deployed).Resources ?? {}).map(
    ([logicalId, { Type: type, Properties = {} }]): Thing => {
      const foreign = type.startsWith('Custom::') || type === 'AWS::CDK::Metadata';
      const properties = foreign ? {} : (resolver.resolve(Properties, logicalId) as object);
      return new Thing(logicalId, type, physicalIdOf(logicalId, type, resolver), properties);
    },
  );
}

const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;

function physicalIdOf(logicalId: string, type: string, resolver: Resolver): string {
  switch (type) {
    case 'AWS::KMS::Key':
      return stableUuid(logicalId);
    case 'AWS::CloudWatch::CompositeAlarm':
      return String(resolver.properties(logicalId).string('AlarmName'));
    case 'AWS::SNS::Topic':
      return arn('sns', logicalId);
    case 'AWS::EC2::SecurityGroup':
      return `${logicalId}.GroupId`;
    default:
      return String(resolver.resolve({ Ref: logicalId }, logicalId));
  }
}

/** What services give that has no meaning on one machine, as AWS would write it. */
function asGiven(deployed: Template): Template {
  const typeOf = (id: string) => deployed.Resources?.[id]?.Type;
  return JSON.parse(JSON.stringify(deployed), (_, value: unknown) => {
    const { Ref, 'Fn::GetAtt': attribute } = Object(value) as { Ref?: string; 'Fn::GetAtt'?: [string, string] };
    if (Ref !== undefined && typeOf(Ref) === 'AWS::SNS::Topic') return arn('sns', Ref);
    if (attribute?.[1] === 'LatestRevision.Revision') return 1;
    if (attribute && typeOf(attribute[0]) === 'AWS::CloudWatch::Alarm')
      return arn('cloudwatch', `alarm:${attribute[0]}`);
    return value;
  }) as Template;
}
