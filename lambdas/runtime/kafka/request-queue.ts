import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** What is used of kafkajs's queue of the requests of one connection. */
interface Queue {
  readonly pending: readonly unknown[];
  readonly scheduleCheckPendingRequests: Schedule;
}

/**
 * kafkajs looks at an empty queue again and again: after each answer it sets a timer for a moment in the past, which sets
 * the next. That is a timer a millisecond for each connection, and from Node.js 24 on a TimeoutNegativeWarning in the
 * log of the function. An empty queue is looked at when something is put into it, and needs no timer.
 */
export function withoutIdleTimers({ prototype }: { readonly prototype: Queue } = RequestQueue): void {
  const { scheduleCheckPendingRequests: schedule } = prototype;
  if (typeof schedule !== 'function' || schedule.mended === true) return;
  const mended: Schedule = function (this: Queue) {
    if (this.pending.length > 0) schedule.call(this);
  };
  mended.mended = true;
  Object.assign(prototype, { scheduleCheckPendingRequests: mended });
}

type Schedule = ((this: Queue) => void) & { mended?: boolean };
