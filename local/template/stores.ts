import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { named, type Named } from './named';
import type { Resolver } from './resolver';

/** An `AWS::DynamoDB::Table`. */
export interface Table extends Named {
  readonly create: Pick<
    CreateTableCommandInput,
    'AttributeDefinitions' | 'KeySchema' | 'GlobalSecondaryIndexes' | 'LocalSecondaryIndexes'
  >;
  /** Attribute DynamoDB expires items by. */
  readonly expiryAttribute: string | undefined;
}

/** An `AWS::S3::Bucket`. */
export interface Bucket extends Named {
  readonly versioned: boolean;
}

export function readTables(resolver: Resolver): readonly Table[] {
  return named(resolver, 'AWS::DynamoDB::Table').map((table) => {
    const { value } = resolver.properties(table.logicalId);
    const expiry = value<{ AttributeName?: string; Enabled?: boolean | string }>('TimeToLiveSpecification');
    return {
      ...table,
      create: {
        AttributeDefinitions: value('AttributeDefinitions'),
        KeySchema: value('KeySchema'),
        GlobalSecondaryIndexes: value('GlobalSecondaryIndexes'),
        LocalSecondaryIndexes: value('LocalSecondaryIndexes'),
      },
      expiryAttribute: String(expiry?.Enabled) === 'true' ? expiry?.AttributeName : undefined,
    };
  });
}

export function readBuckets(resolver: Resolver): readonly Bucket[] {
  return named(resolver, 'AWS::S3::Bucket').map((bucket) => {
    const versioning = resolver.properties(bucket.logicalId).value<{ Status?: string }>('VersioningConfiguration');
    return { ...bucket, versioned: versioning?.Status === 'Enabled' };
  });
}
