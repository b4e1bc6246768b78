import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { MSKEvent, MSKRecord } from 'aws-lambda';
import { INSTRUCTION, OBSERVATIONS_VARIABLE, type Delivery, type Form, type Instruction } from './wire';

const dynamodb = new DynamoDBClient({});
const TableName = process.env[OBSERVATIONS_VARIABLE];

interface Told {
  readonly record: MSKRecord;
  readonly instruction: Instruction;
}

/** Writes down what it was given, and then does with each record what its header says. */
export async function handler(event: MSKEvent, context: { awsRequestId: string }) {
  const at = Date.now();
  const told = Object.values(event.records)
    .flat()
    .map((record) => ({ record, instruction: instructionOf(record) }));
  const run = told[0]?.instruction.run ?? '';
  await write(run, `${at}#${context.awsRequestId}`, {
    at,
    records: told.map(({ record, instruction: { name } }) => ({
      name,
      key: form(record, 'key'),
      value: form(record, 'value'),
    })),
  });
  if (told.some(({ instruction }) => instruction.does === 'throw')) throw new Error('as told by a record');
  const failed = await Promise.all(told.map((each) => fails(each, told)));
  const reported = told.filter((_, index) => failed[index]);
  return {
    batchItemFailures: reported.map(({ record: { topic, partition, offset } }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    })),
  };
}

async function fails({ instruction }: Told, all: readonly Told[]): Promise<boolean> {
  switch (instruction.does) {
    case 'settle':
      return false;
    case 'report':
    case 'throw':
      return true;
    case 'report-once':
      return firstTime(instruction);
    case 'settle-first':
      return all.find((other) => other.instruction.does === 'settle-first')?.instruction !== instruction;
  }
}

/** The header's bytes as text. */
function instructionOf(record: MSKRecord): Instruction {
  const header = record.headers.find((each) => INSTRUCTION in each)?.[INSTRUCTION] ?? [];
  return JSON.parse(Buffer.from(header).toString()) as Instruction;
}

function form(record: MSKRecord, field: 'key' | 'value'): Form {
  const value = (record as Partial<Record<typeof field, string | null>>)[field];
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return value === '' ? 'empty' : 'text';
}

async function write(run: string, at: string, delivery: Delivery): Promise<void> {
  const Item = { run: { S: run }, at: { S: at }, delivery: { S: JSON.stringify(delivery) } };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
}

/** True once for a record, whichever sandbox asks. */
async function firstTime({ run, name }: Instruction): Promise<boolean> {
  const Item = { run: { S: `${run}#once` }, at: { S: name } };
  try {
    await dynamodb.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(run)' }));
    return true;
  } catch (error) {
    if ((error as Error).name === 'ConditionalCheckFailedException') return false;
    throw error;
  }
}
