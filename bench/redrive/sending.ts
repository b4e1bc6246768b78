import { redriveDeadLetters } from '../../cli/dead-letters/redrive';
import { redrive } from '../../lambdas/runtime/redrive';
import { dynamoDbTransactions } from '../../lambdas/runtime/stores/dynamodb';
import { s3ObjectStore } from '../../lambdas/runtime/stores/s3-object-store';
import { clientsOf, variablesOf, type Endpoints } from './parts';
import { aroundOf, PLACE, quiet } from './sent-back';

/** The command and the functions it calls, in one process, so that a kill stops all of it at one point. Tells how many letters have their fate, then how the command ended. */
async function main(endpoints: Endpoints): Promise<{ readonly code: number; readonly told: string }> {
  const clients = clientsOf(endpoints);
  const store = s3ObjectStore(clients.s3);
  const transactions = dynamoDbTransactions(clients.dynamodb);
  const redriving = redrive({ variables: variablesOf(endpoints), store, transactions, log: quiet });
  let told = '';
  const around = aroundOf(store, transactions, redriving, (text) => (told += text));
  const counting = { ...around.progress, count: (done: number) => void process.send?.({ done }) };
  const options = { ...PLACE, concurrency: 4, maxRedrives: 3, yes: true, json: true };
  return { code: await redriveDeadLetters(options, { ...around, progress: counting }), told };
}

process.once('message', (endpoints: Endpoints) => {
  void main(endpoints).then((ended) => process.send?.(ended, () => process.exit(0)));
});
