/**
 * Where an error comes from: the frames of its stack. Without its message, which may hold payload, and whose lines may look
 * like frames.
 */
export function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const from = stack.indexOf(message);
  const lines = (from === -1 ? stack : stack.slice(from + message.length)).split('\n');
  return lines.filter((line) => /^\s+at .*:\d+:\d+\)?$/.test(line)).map((line) => line.trim());
}
