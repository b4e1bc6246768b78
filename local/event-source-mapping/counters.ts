/** Lambda's metrics of an event source mapping, by their names. */
export interface MappingCounters {
  PolledEventCount: number;
  FilteredOutEventCount: number;
  InvokedEventCount: number;
  FailedInvokeEventCount: number;
  /** Records that ended nowhere: no destination, or its delivery failed. */
  DroppedEventCount: number;
  OnFailureDestinationDeliveredEventCount: number;
  CommittedEventCount: number;
  PollingErrorCount: number;
  /** Batches, not records. */
  InvokeErrorCount: number;
  OnFailureDestinationDeliveryErrorCount: number;
  CommitErrorCount: number;
}

export const newCounters = (): MappingCounters => ({
  PolledEventCount: 0,
  FilteredOutEventCount: 0,
  InvokedEventCount: 0,
  FailedInvokeEventCount: 0,
  DroppedEventCount: 0,
  OnFailureDestinationDeliveredEventCount: 0,
  CommittedEventCount: 0,
  PollingErrorCount: 0,
  InvokeErrorCount: 0,
  OnFailureDestinationDeliveryErrorCount: 0,
  CommitErrorCount: 0,
});
