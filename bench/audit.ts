import { join } from 'node:path';
import type { Audit } from './audit/auditing';
import { reportOf } from './in-its-own-process';
import type { Bench } from './measure';

/** A topic of a thousand partitions, every ledger of which is full. */
export const audit: Bench = {
  name: 'audit',
  claim: 'a topic of 1,000 partitions audited, by stores in memory that answer as late as AWS’s',
  measure: async (say, { quick }) => {
    const audits: Audit[] = [];
    for (let n = 0; n < (quick ? 1 : 5); n++) {
      say(`audit ${n + 1}`);
      audits.push(await reportOf<Audit>(join(__dirname, 'audit', 'auditing.ts')));
    }
    return [
      { what: 'the first audit of 1,000 partitions', unit: 's', values: audits.map(({ first }) => first) },
      { what: 'the next one', unit: 's', values: audits.map(({ next }) => next) },
      { what: 'resident memory at most, all told', unit: 'MB', values: audits.map(({ megabytes }) => megabytes) },
    ];
  },
};
