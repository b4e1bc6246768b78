export type { Adapter, Fate, Session, Trial, TrialEvent } from './adapter';
export { CASES } from './cases';
export { PAUSE_SIGNAL, type Contender } from './contender';
export { markdownOf, reportOf, rowsOf, type Report } from './report';
export { runSender, type SenderOptions } from './sender';
export { lineOf } from './sending';
export { runSuite } from './suite';
