import { objectsClient, type ObjectTrouble } from '../../../simulation/s3/client';
import { MemoryObjects } from '../../../simulation/s3/memory-objects';
import { Unreadable } from '../../../simulation/s3/unreadable';
import { sandboxed, ToldTroubles } from '../sandboxed';

test('an object that cannot be read is told as unavailable after three tries, is kept, and is in no other’s way', async () => {
  const { home, link, run } = sandboxed();
  const [objects, unreadable] = [new MemoryObjects(), new Unreadable()];
  const buckets = new Map([['spill', objects]]);
  const store = objectsClient({ buckets, home, link, troubles: new ToldTroubles<ObjectTrouble>(), unreadable });
  await objects.putIfAbsent('spill', 'a', 'first');
  await objects.putIfAbsent('spill', 'b', 'second');
  unreadable.isSo = (path) => path === 'spill/a';
  const told = run(store.get('spill', 'a').catch(({ code }: Error & { code?: string }) => code));
  expect([await told, await run(store.get('spill', 'b')), unreadable.reads]).toEqual([
    'STORE_UNAVAILABLE',
    'second',
    3,
  ]);
  unreadable.isSo = () => false;
  expect(await run(store.get('spill', 'a'))).toBe('first');
});
