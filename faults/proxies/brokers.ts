import { startTcpProxy, type TcpProxy } from './tcp';

/** A proxy between every broker and its clients; brokers reach each other past it. */
export interface BrokerProxies {
  /** Goes into the options of the brokers' start. */
  readonly advertised: (brokerId: number, port: number) => Promise<number>;
  /** @throws when no broker of that id was started */
  of(brokerId: number): TcpProxy;
  all(): readonly TcpProxy[];
  stop(): Promise<void>;
}

/** @param random - 0 ≤ x < 1, for what the proxies draw */
export function brokerProxies(random: () => number): BrokerProxies {
  const proxies = new Map<number, TcpProxy>();
  const all = () => [...proxies.values()];
  return {
    all,
    advertised: async (brokerId, port) => {
      const proxy = proxies.get(brokerId) ?? (await startTcpProxy(random));
      proxies.set(brokerId, proxy);
      proxy.aim(port);
      return proxy.port;
    },
    of: (brokerId) => {
      const found = proxies.get(brokerId);
      if (!found) throw new Error(`broker ${brokerId} was started without a proxy in front of it`);
      return found;
    },
    stop: async () => void (await Promise.all(all().map((proxy) => proxy.stop()))),
  };
}
