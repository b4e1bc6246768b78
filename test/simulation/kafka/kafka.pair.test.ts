/** Brokers do in simulation what they do in truth: each case ends on Apache Kafka as the simulated one ends it. */
import { CASES } from './cases';
import { RealCluster } from './real-stage';

jest.setTimeout(120_000);

let cluster: RealCluster;
beforeAll(async () => {
  cluster = await RealCluster.start();
});
afterAll(() => cluster.stop());

test.each(CASES)('$promise', async ({ play, want }) => {
  const stage = await cluster.stage();
  try {
    expect(await play(stage)).toEqual(want);
  } finally {
    await stage.close();
  }
});
