import { audit } from './runtime/audit';

/** Audit function: finds events of its topics that are neither settled nor waiting anywhere. A schedule wakes it. */
export const handler = audit();
