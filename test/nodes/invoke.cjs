// A sandbox of one handler: `invoke.cjs <file> [milliseconds an event may take]`. Takes an event at a time as a message and answers with what the handler
// returned or threw, so that its standard output and error are the handler's own.
const { performance } = require('node:perf_hooks');

const [, , file, timeoutMs = 30_000] = process.argv;
const { handler } = require(file);

process.on('message', (event) => {
  const until = performance.now() + Number(timeoutMs);
  Promise.resolve(handler(event, { getRemainingTimeInMillis: () => until - performance.now() })).then(
    (answer) => process.send({ answer }),
    ({ name, code, message }) => process.send({ thrown: { name, code, message } }),
  );
});
