import { App, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { LossRules } from 'cdk-lossless-kafka';
import { ChaosStack } from '../examples/orders/chaos/stack';
import { DoorsStack } from '../examples/orders/chaos/doors';
import { OrdersStack } from '../examples/orders/stack';

const app = new App();
Validations.of(app).addPlugins(new LossRules());
// `-c throwaway=true`: a stack that leaves nothing behind, events included.
const throwaway = app.node.tryGetContext('throwaway') === 'true';
// `-c variant=chaos`: the same with smaller numbers and a second consumer, for runs under faults; `doors`: with a queue and a bus, too.
const VARIANTS = new Map<unknown, typeof OrdersStack>([
  ['chaos', ChaosStack],
  ['doors', DoorsStack],
]);
const Variant = VARIANTS.get(app.node.tryGetContext('variant')) ?? OrdersStack;
const stack = new Variant(app, 'Orders', throwaway ? { removalPolicy: RemovalPolicy.DESTROY } : {});
if (throwaway) {
  const reason = 'a throwaway environment: its events are of no use to anybody';
  Validations.of(stack).acknowledge({ id: 'LossRules::LK109', reason });
}
