import { ERROR, FINE, NOT_A_SWEEPER, UNDECIDED, WARNING, type Row } from '../row';
import { TOKEN, type Edit } from '../support';

/** Queues in front of a producing function, and rules of EventBridge that hand it events. */

const SHOP = { 'Fn::GetAtt': 'Shop.Arn' };
const BILLING = { 'Fn::GetAtt': 'Billing.Arn' };
const OURS: Edit = ['Shop.Environment.Variables.LOSSLESS_INGEST', '{"queues":[]}'];
const queue = (Properties: object = {}): Edit => ['Waiting', { Type: 'AWS::SQS::Queue', Properties }];
const mapping = (Properties: object = {}): Edit => [
  'Polls',
  {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { EventSourceArn: { 'Fn::GetAtt': 'Waiting.Arn' }, FunctionName: { Ref: 'Shop' }, ...Properties },
  },
];
const PARTIAL = ['ReportBatchItemFailures'];
const polled = (...edits: readonly Edit[]): Edit[] => [NOT_A_SWEEPER, queue(), mapping(), ...edits];
const hidden = (VisibilityTimeout: unknown, ...edits: readonly Edit[]): Edit[] => [
  NOT_A_SWEEPER,
  queue({ VisibilityTimeout }),
  mapping(),
  ...edits,
];
const WAKES_REPLAY: Edit[] = [queue({ VisibilityTimeout: 1 }), mapping({ FunctionName: { Ref: 'Replay' } })];
const rule = (target: object, more: object = { EventPattern: { source: ['shop'] } }): Edit[] => [
  NOT_A_SWEEPER,
  ['Rule', { Type: 'AWS::Events::Rule', Properties: { ...more, Targets: [{ Id: 'x', Arn: SHOP, ...target }] } }],
];
const LETTERS = { DeadLetterConfig: { Arn: 'arn:aws:sqs:eu-west-1:111122223333:failed' } };

export const QUEUES: readonly Row[] = [
  ['LK610', 'the mapping does not hear which messages failed', polled(OURS), ERROR],
  ['LK610', 'the mapping hears which messages failed', polled(OURS, mapping({ FunctionResponseTypes: PARTIAL })), FINE],
  ['LK610', 'the handler is not ours, and may throw', polled(), UNDECIDED],
  ['LK610', 'the handler is not ours, and is heard', polled(mapping({ FunctionResponseTypes: PARTIAL })), FINE],
  ['LK610', 'a deploy decides what is heard', polled(OURS, mapping({ FunctionResponseTypes: TOKEN })), UNDECIDED],
  [
    'LK610',
    'a deploy decides one of what is heard',
    polled(OURS, mapping({ FunctionResponseTypes: [TOKEN] })),
    UNDECIDED,
  ],
  ['LK610', 'the mapping calls another', polled(OURS, mapping({ FunctionName: { Ref: 'Billing' } })), FINE],
  ['LK610', 'the mapping reads a stream', [OURS, mapping({ EventSourceArn: 'arn:aws:kinesis:eu-west-1:1:stream/x' })], FINE], // prettier-ignore
  ['LK611', 'a message is hidden for six timeouts', hidden(168), FINE],
  ['LK611', 'a message is hidden for a second less', hidden(167), WARNING],
  ['LK611', 'a message is hidden for one timeout', hidden(28), WARNING],
  ['LK611', 'a message is hidden for less than the timeout', hidden(27), ERROR],
  ['LK611', 'nothing is said of either', hidden(undefined, ['Shop.Timeout', undefined]), FINE],
  ['LK611', 'nothing is said of the queue', hidden(undefined, ['Shop.Timeout', 6]), WARNING],
  ['LK611', 'a deploy decides how long it is hidden', hidden(TOKEN), UNDECIDED],
  ['LK611', 'a deploy decides the timeout', hidden(168, ['Shop.Timeout', TOKEN]), UNDECIDED],
  ['LK611', 'the mapping calls another', hidden(1, mapping({ FunctionName: { Ref: 'Billing' } })), FINE],
  ['LK611', 'the queue lies elsewhere', polled(mapping({ EventSourceArn: 'arn:aws:sqs:eu-west-1:1:q' })), FINE],
  ['LK608', 'messages only wake replay, and may be lost', WAKES_REPLAY, FINE],
  ['LK610', 'messages only wake replay', WAKES_REPLAY, FINE],
  ['LK611', 'messages only wake replay', WAKES_REPLAY, FINE],
  ['LK612', 'what cannot be handed over has no place', rule({}), ERROR],
  ['LK608', 'messages only wake replay, and may be lost', WAKES_REPLAY, FINE],
  ['LK610', 'messages only wake replay', WAKES_REPLAY, FINE],
  ['LK611', 'messages only wake replay', WAKES_REPLAY, FINE],
  ['LK612', 'what cannot be handed over has a queue', rule(LETTERS), FINE],
  ['LK612', 'a deploy decides whether it has one', rule({ DeadLetterConfig: TOKEN }), UNDECIDED],
  ['LK612', 'the rule calls another', rule({ Arn: BILLING }), FINE],
  ['LK612', 'the rule fires by the clock', rule({}, { ScheduleExpression: 'rate(1 minute)' }), FINE],
];
