import { ERROR, WARNING, UNDECIDED, FINE, type Row } from '../row';
import { TOKEN, topic, variable } from '../support';

/** What rules on tables, buckets and what empties them answer. */
export const STORES: readonly Row[] = [
  [
    'LK401',
    'what was done is forgotten a second too early',
    [variable('CONSUMER_Billing', { doneSeconds: 2419199 })],
    ERROR,
  ],
  ['LK401', 'a longer retention asks for a longer memory', [topic({ 'retention.ms': '2592000000' })], ERROR],
  ['LK401', 'parked records expire', [['Table.TimeToLiveSpecification.AttributeName', 'settledAt']], ERROR],
  ['LK401', 'nothing expires', [['Table.TimeToLiveSpecification', undefined]], FINE],
  ['LK401', 'a deploy decides', [variable('CONSUMER_Billing', { doneSeconds: '${Open}' })], UNDECIDED],
  ['LK402', 'the table cannot be brought back', [['Table.PointInTimeRecoverySpecification', undefined]], WARNING],
  [
    'LK402',
    'a deploy decides',
    [['Table.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled', TOKEN]],
    UNDECIDED,
  ],
  ['LK402', 'the table lies elsewhere', [variable('CONSUMER_Billing', { table: '${Open}' })], UNDECIDED],
  ['LK501', 'objects expire', [['DeadLetters.LifecycleConfiguration.Rules.0.ExpirationInDays', 365]], ERROR],
  ['LK501', 'spilled objects expire', [['Spill.LifecycleConfiguration.Rules.0.ExpirationInDays', 14]], ERROR],
  [
    'LK501',
    'the rule that expires them is off',
    [['DeadLetters.LifecycleConfiguration.Rules.0', { Status: 'Disabled', ExpirationInDays: 1 }]],
    FINE,
  ],
  ['LK501', 'a deploy decides', [['DeadLetters.LifecycleConfiguration', TOKEN]], UNDECIDED],
  ['LK501', 'the bucket lies elsewhere', [variable('PRODUCER_Shop', { spill: '${Open}' })], UNDECIDED],
  [
    'LK502',
    'one door of the public is open',
    [['DeadLetters.PublicAccessBlockConfiguration.BlockPublicPolicy', false]],
    ERROR,
  ],
  ['LK502', 'requests without TLS are taken', [['DeadLettersPolicy', undefined]], ERROR],
  [
    'LK502',
    'the policy denies something else',
    [['DeadLettersPolicy.PolicyDocument.Statement.0.Condition', { Bool: { 'aws:SecureTransport': 'true' } }]],
    ERROR,
  ],
  ['LK502', 'a deploy decides', [['DeadLetters.PublicAccessBlockConfiguration', TOKEN]], UNDECIDED],
  ['LK503', 'versions are not kept', [['Spill.VersioningConfiguration.Status', 'Suspended']], WARNING],
  ['LK503', 'nothing is said', [['Spill.VersioningConfiguration', undefined]], WARNING],
  ['LK503', 'a deploy decides', [['Spill.VersioningConfiguration.Status', TOKEN]], UNDECIDED],
];
