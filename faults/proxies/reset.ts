import type { Socket } from 'node:net';

/**
 * Cuts a connection with a reset. One whose end is on its way is closed without: libuv refuses the reset (EINVAL), and Node
 * (20, 22) then takes the socket for closed and never closes it, so that the process spins at its exit for ever.
 */
export function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
