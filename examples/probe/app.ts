import { App } from 'aws-cdk-lib';
import { ProbeStack } from './stack';

const app = new App();
new ProbeStack(app, 'KafkaMappingProbe', {
  configs: app.node.tryGetContext('configs') === 'json' ? 'json' : 'properties',
  s3Endpoint: app.node.tryGetContext('s3-endpoint') === 'true',
});
