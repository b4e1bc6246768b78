/**
 * Every name and limit that a construct and a handler share. No client is imported: constructs, rules and the local run
 * read this without pulling in Kafka or AWS.
 */
export * from './again';
export * from './amend';
export * from './audit';
export * from './canary';
export * from './direct';
export * from './headers';
export * from './limits';
export * from './metrics';
export * from './object-names';
export * from './objects';
export * from './redrive';
export * from './roles';
export * from './table';
