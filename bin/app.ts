import { App, RemovalPolicy } from 'aws-cdk-lib';
import { OrdersStack } from '../examples/orders/stack';

const app = new App();
// `-c throwaway=true`: a stack that leaves nothing behind, events included.
const throwaway = app.node.tryGetContext('throwaway') === 'true';
new OrdersStack(app, 'Orders', throwaway ? { removalPolicy: RemovalPolicy.DESTROY } : {});
