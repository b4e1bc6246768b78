import { Kafka, logLevel, type Admin } from 'kafkajs';

/** Asks the cluster one thing, on a connection of its own. @param bootstrap - comma-separated `host:port` */
export async function withAdmin<T>(bootstrap: string, question: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({
    clientId: 'conformance',
    brokers: bootstrap.split(','),
    logLevel: logLevel.NOTHING,
  }).admin();
  await admin.connect();
  try {
    return await question(admin);
  } finally {
    await admin.disconnect();
  }
}
