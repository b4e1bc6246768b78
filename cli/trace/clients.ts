import type { LinesWith, RawLine } from './logs';

/** CloudWatch Logs of the account that the SDK finds. The client is loaded when it is asked. */
export const linesWith =
  ({ region }: { readonly region?: string }): LinesWith =>
  async (logGroupName, text, startTime) => {
    const { CloudWatchLogsClient, paginateFilterLogEvents } = await import('@aws-sdk/client-cloudwatch-logs');
    const client = new CloudWatchLogsClient(region === undefined ? {} : { region });
    const found: RawLine[] = [];
    // A text in quotes is looked for as it stands.
    const filterPattern = `"${text.replace(/["\\]/g, '\\$&')}"`;
    for await (const { events = [] } of paginateFilterLogEvents(
      { client },
      { logGroupName, filterPattern, startTime },
    )) {
      for (const { timestamp = 0, message = '' } of events) found.push({ atMs: timestamp, text: message });
    }
    return found;
  };
