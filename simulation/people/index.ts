import type { Fault } from '../faults/fault';
import { badDeploy, goodDeploy } from './bad-deploy';
import { burst, flood, idConflicts, killers, largeEvents } from './callers';
import { mendable, sendAgain, sendBack } from './sending-back';
import { rivalWriter } from './rival';
import { mappingRecreated, parkUpTo, partitionAdded, retention, shortRetention } from './operators';

/** What people do to a pipeline. */
export const peopleFaults: readonly Fault[] = [
  ...[badDeploy, goodDeploy, flood, killers, burst, largeEvents, idConflicts, mendable, sendBack, sendAgain],
  ...[mappingRecreated, parkUpTo, partitionAdded, retention, shortRetention, rivalWriter],
];
