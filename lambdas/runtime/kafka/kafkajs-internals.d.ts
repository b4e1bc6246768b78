declare module 'kafkajs/src/network/requestQueue/index.js' {
  const RequestQueue: {
    readonly prototype: { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void };
  };
  export default RequestQueue;
}
