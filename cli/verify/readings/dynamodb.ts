import { drift, each, property, type Reading } from '../reading';
import type { Drift } from '../drift';

export const tables: Reading = each(async (of, { ask }) => {
  const TableName = of.physicalId;
  const said = await ask(of, 'dynamodb:DescribeTable', { TableName });
  if (said.kind === 'none') return 'gone';
  const backups = await ask(of, 'dynamodb:DescribeContinuousBackups', { TableName });
  const expiry = await ask(of, 'dynamodb:DescribeTimeToLive', { TableName });
  const drifts: Drift[] = [];
  const properties: Record<string, unknown> = {
    ...property('PointInTimeRecoverySpecification', backups, ({ ContinuousBackupsDescription: all }) => ({
      PointInTimeRecoveryEnabled: all?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
    })),
    ...property('TimeToLiveSpecification', expiry, ({ TimeToLiveDescription: ttl }) =>
      /^ENABL/.test(ttl?.TimeToLiveStatus ?? '') ? { AttributeName: ttl?.AttributeName, Enabled: true } : undefined,
    ),
  };
  const wanted = of.stack.values.meaningOf(of.properties['TimeToLiveSpecification']) as
    { AttributeName?: string } | undefined;
  if (expiry.kind === 'said' && wanted !== undefined && properties['TimeToLiveSpecification'] === undefined) {
    const Attribute = wanted.AttributeName ?? 'expiresAt';
    const fix = `aws dynamodb update-time-to-live --table-name ${TableName} --time-to-live-specification Enabled=true,AttributeName=${Attribute}`;
    drifts.push(
      drift('LK805', { of, property: 'TimeToLiveSpecification', found: 'none', wanted: `expiry by ${Attribute}`, fix }),
    );
  }
  const table = said.kind === 'said' ? said.value.Table : undefined;
  if (table) {
    const { TableStatus: status, SSEDescription: encryption, KeySchema, DeletionProtectionEnabled } = table;
    if (status === 'DELETING' || status === 'ARCHIVED' || status === 'INACCESSIBLE_ENCRYPTION_CREDENTIALS') {
      drifts.push(
        drift('LK802', {
          of,
          property: 'TableStatus',
          found: status,
          wanted: 'ACTIVE',
          fix: 'give the table its key back, or restore it from its backup under its name',
        }),
      );
    }
    Object.assign(properties, {
      KeySchema,
      DeletionProtectionEnabled,
      SSESpecification: encryption && {
        SSEEnabled: encryption.Status !== 'DISABLED',
        SSEType: encryption.SSEType,
        KMSMasterKeyId: encryption.KMSMasterKeyArn,
      },
    });
  }
  return [{ of, properties, drifts }];
});
