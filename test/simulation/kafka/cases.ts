import { brokerCases } from './broker-cases';
import type { Case } from './case';
import { clientCases } from './client-cases';
import { groupCases } from './group-cases';

/** Played on simulated and on real brokers, to the same end. */
export const CASES: readonly Case[] = [...clientCases, ...brokerCases, ...groupCases];
