import { versions } from '../../cli/versions';

test('a report names the versions it was measured with', async () => {
  const number = expect.stringMatching(/^\d+\.\d+\.\d+/) as string;
  expect(await versions()).toEqual({
    'cdk-lossless-kafka': number,
    'Apache Kafka': number,
    kafkajs: number,
    'Node.js': number,
  });
});
